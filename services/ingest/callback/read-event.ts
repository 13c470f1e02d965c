// The XML of a callback: the encrypted envelope, and the event inside it.
import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface CallbackEvent {
  readonly event: string;
  /** Who sent it and when: what WeCom says tells one event from its repetition. */
  readonly identity: string;
}

// Nothing here is a number to us, and entities of a hostile document are never expanded.
const parser = new XMLParser({ parseTagValue: false, processEntities: false, ignoreAttributes: true });

/** The `Encrypt` of a POST body, `undefined` when there is none. */
export function readEncrypted(xml: string): string | undefined {
  const encrypted = readXml(xml)?.Encrypt;
  return typeof encrypted === 'string' && encrypted !== '' ? encrypted : undefined;
}

/** The event of a decrypted message, `undefined` when it is not one. */
export function readEvent(xml: string): CallbackEvent | undefined {
  const fields = readXml(xml);
  if (fields === undefined || typeof fields.Event !== 'string' || fields.Event === '') return undefined;
  const { FromUserName, CreateTime, Event } = fields;
  return { event: Event, identity: `${text(FromUserName)}\0${text(CreateTime)}\0${Event}` };
}

function readXml(xml: string): Record<string, unknown> | undefined {
  try {
    if (XMLValidator.validate(xml) !== true) return undefined;
    const root: unknown = (parser.parse(xml) as Record<string, unknown>).xml;
    return typeof root === 'object' && root !== null ? (root as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
