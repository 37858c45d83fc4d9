/** What an OpenClaw gateway (2026.9.6) does to a message before it looks for its syntax. */
const asGatewayReads = (message: string): string =>
  message
    .normalize('NFC')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .replace(/\\n/g, ' ');

/**
 * Syntax that the gateway acts on anywhere in a message. Wider than its parser on purpose: the names after a slash depend on its
 * configuration, plugins and skills.
 */
const acted: readonly RegExp[] = [
  // Directives, commands and model aliases: a slash after white space or at the beginning, at once or after more white space
  /(?<!\S)\/(?=\s*[^\s/])/u,
  // References to skills
  /(?<!(?<!\\)(?:\\\\)*\\)\$[-a-z0-9_:]*[a-z]/iu,
  // Paths of local images, which are attached
  /(?:^|[\s"'`(])(?:\.\.?\/|[~/]|[a-z]:[\\/])[^\s"'`()[\]]*\.[a-z]{3,4}/iu,
  /file:\/\//iu,
  // Tags
  /\[\[\s*\/?[a-z]/iu,
];

/** Whether a gateway may act on something inside the message instead of passing it on to the agent as it is. */
export const gatewayMayActOn = (message: string): boolean => {
  const read = asGatewayReads(message);
  return /^\s*[!/]/.test(read) || acted.some((syntax) => syntax.test(read));
};
