/**
 * Syntax that an OpenClaw gateway (2026.9.6) finds anywhere in a message before the agent gets it. Directives are executed with the
 * authority of the connection and cut out. References to skills and paths of local images add to the turn.
 */
const directive =
  /(?<!\S)\/(?:thinking|think|t|verbose|v|trace|fast|reasoning|reason|elevated|elev|exec|status|model|queue|help|commands|whoami|id)(?=$|\s|:)/i;

/** The OpenClaw gateway treats a name in capitals as a shell variable. */
const skill = /(?<!(?<!\\)(?:\\\\)*\\)\$(?=[-\w:]*[a-z])[-\w:]+/g;

const image =
  /(?<=^|[\s"'`(])(?:\.\.?\/|[~/]|[A-Za-z]:[\\/])[^\s"'`()[\]]*\.(?:png|jpe?g|gif|webp|bmp|tiff?|hei[cf])|file:\/\/[^\s<>"'`\]]+\.(?:png|jpe?g|gif|webp|bmp|tiff?|hei[cf])/gi;

/** The OpenClaw gateway blanks these markers before it looks for images, so a path may follow them directly. */
const attachmentMarker = /\[(?:media attached(?:\s+\d+\/\d+)?:|image:\s*source:)\s*[^\]]+\]/gi;

export interface InterpretedMessage {
  /** The text that the session's history stores. */
  readonly stored: string;
  /** The text that remains for the agent. */
  readonly text: string;
  /** What was acted on: directives, references to skills, paths of images. Every skill that is referenced exists here. */
  readonly executed: readonly string[];
}

export const interpretMessage = (message: string): InterpretedMessage => {
  const stored = message.normalize('NFC').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
  let text = stored;
  const executed: string[] = [];
  for (let found = directive.exec(text); found; found = directive.exec(text)) {
    executed.push(found[0]);
    const after = text.slice(found.index + found[0].length);
    text = text.slice(0, found.index) + after.replace(/^[ \t]/, '');
  }
  executed.push(...Array.from(text.matchAll(skill), ([match]) => match));
  executed.push(...Array.from(text.replace(attachmentMarker, ' ').matchAll(image), ([match]) => match));
  return { stored, text, executed };
};
