import { eventsCommands } from './events-commands.ts';
import { exitOfEvents } from './exit-of-events.ts';

try {
  await eventsCommands().parseAsync();
} catch (error) {
  process.exitCode = exitOfEvents(error);
}
