import { describe, expect, it } from 'vitest';
import { messageLimits, parseMessageTemplate, pointerFault } from './message-template.ts';

describe('a message template', () => {
  it('has text and placeholders', () => {
    expect(parseMessageTemplate('{{sender}}: {{ event_type }} of {{/pull_request/title}} {x} }}')).toEqual([
      { kind: 'name', name: 'sender' },
      { kind: 'text', text: ': ' },
      { kind: 'name', name: 'event_type' },
      { kind: 'text', text: ' of ' },
      { kind: 'pointer', pointer: '/pull_request/title' },
      { kind: 'text', text: ' {x} }}' },
    ]);
    expect(parseMessageTemplate('')).toEqual([]);
    expect(parseMessageTemplate('no placeholder')).toEqual([{ kind: 'text', text: 'no placeholder' }]);
  });

  it.each([
    ['a {{sender', 3, 'no }}'],
    ['{{sender}} {{constructor}}', 12, 'event_type, sender, received_at, payload_id'],
    ['{{}}', 1, 'must be followed'],
    ['{{#each x}}', 1, 'must be followed'],
    ['{{{sender}}}', 1, 'must be followed'],
    ['ab{{/a~2}}', 3, 'neither ~0 nor ~1'],
    [`{{/${'a'.repeat(200)}}}`, 1, 'longer than 200'],
    ['{{/a}}'.repeat(messageLimits.placeholders + 1), 121, 'too many'],
  ])('%s is none, and the position is said', (template, position, fault) => {
    expect(parseMessageTemplate(template)).toEqual({ position, fault: expect.stringContaining(fault) });
  });
});

describe('a pointer of a field', () => {
  it('names a member', () => {
    expect(['/a', '/a/0/b', '/~0~1', '/', '/a b'].map(pointerFault)).toEqual([null, null, null, null, null]);
    expect(pointerFault('a')).toEqual({ position: 1, fault: expect.stringContaining('slash') });
    expect(pointerFault('')).toEqual({ position: 1, fault: expect.stringContaining('slash') });
    expect(pointerFault('/a/~')).toEqual({ position: 4, fault: expect.stringContaining('~0') });
  });
});
