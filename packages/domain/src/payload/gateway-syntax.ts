/** Normalises a message as an OpenClaw gateway (2026.9.6) does before it looks for its syntax. */
const asGatewayReads = (message: string): string =>
  message
    .normalize('NFC')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .replace(/\\n/g, ' ');

/**
 * Syntax that the OpenClaw gateway acts on anywhere in a message. Deliberately broader than its parser: the names after a slash depend on
 * its configuration, plugins and skills.
 */
const acted: readonly RegExp[] = [
  // Directives, commands and model aliases: a slash at the beginning or after white space, followed by a name, also after white space
  /(?<!\S)\/(?=\s*[^\s/])/u,
  // References to skills
  /(?<!(?<!\\)(?:\\\\)*\\)\$[-a-z0-9_:]*[a-z]/iu,
  // Paths of local images, which the OpenClaw gateway attaches. It blanks `[media attached: …]` first, so a path may follow a bracket.
  /(?:^|[\s"'`(\]])(?:\.\.?\/|[~/]|[a-z]:[\\/])[^\s"'`()[\]]*\.[a-z]{3,4}/iu,
  /file:\/\//iu,
  // Tags
  /\[\[\s*\/?[a-z]/iu,
];

/** Whether an OpenClaw gateway may act on something in the message instead of passing it on to the agent unchanged. */
export const gatewayMayActOn = (message: string): boolean => {
  const read = asGatewayReads(message);
  return /^\s*[!/]/.test(read) || acted.some((syntax) => syntax.test(read));
};
