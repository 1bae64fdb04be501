/** The strings that follow the descriptors on ep0 (linux/usb/functionfs.h); one language. */
import { GadgetDefinitionError } from '../errors.ts';

const magic = 2;
const headerBytes = 16;
const maxStringBytes = 126;

/** `texts[0]` is string 1 of the descriptors. An empty list says that there are none. */
export function functionFsStrings(texts: readonly string[], language = 0x0409): Uint8Array {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const problems = encoded.flatMap((bytes, index) =>
    bytes.length === 0 || bytes.length > maxStringBytes || bytes.includes(0)
      ? [`string ${index + 1} is empty, longer than ${maxStringBytes} bytes, or has a NUL`]
      : [],
  );
  if (problems.length > 0) throw new GadgetDefinitionError('FunctionFS strings', problems);

  const body = encoded.flatMap((bytes) => [...bytes, 0]);
  const hasAny = texts.length > 0;
  const length = headerBytes + (hasAny ? 2 + body.length : 0);
  const result = new Uint8Array(length);
  const view = new DataView(result.buffer);
  [magic, length, texts.length, hasAny ? 1 : 0].forEach((word, index) =>
    view.setUint32(4 * index, word, true),
  );
  if (hasAny) {
    view.setUint16(headerBytes, language, true);
    result.set(body, headerBytes + 2);
  }
  return result;
}
