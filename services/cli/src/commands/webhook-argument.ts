import { Argument } from 'commander';
import { idFrom } from '../input/ids.ts';

export const webhookArgument = () => new Argument('<webhook>', 'id of the webhook').argParser(idFrom);
