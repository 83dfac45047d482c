import { encode, type DecodedPacket, type Packet, type Question, type ResourceRecord } from "dns-packet";
import type { ClusterNames } from "./cluster_names.ts";
import { readPacket } from "./packet.ts";
import { answerOf, authorityOf, type Zone } from "./records.ts";

const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
const RECURSION_DESIRED = 1 << 8;
const RECURSION_AVAILABLE = 1 << 7;

const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** A reply without EDNS may be this long over UDP (RFC 1035 4.2.1). */
const UDP_BYTES_MIN = 512;

/** What we send and offer with EDNS: fits every link unfragmented (DNS flag day 2020). */
const UDP_BYTES_MAX = 1_232;

export interface Responder {
  readonly zone: Zone;
  readonly names: ClusterNames;
  /** Asks the machine's resolvers; undefined when none replies. */
  ask(packet: Uint8Array): Promise<Uint8Array | undefined>;
  /** For the SOA record: grows with time. */
  serial(): number;
}

/** The reply to one packet; undefined when it deserves none, being no question. */
export async function respond(
  bytes: Uint8Array,
  transport: "udp" | "tcp",
  responder: Responder,
): Promise<Uint8Array | undefined> {
  const query = readPacket(bytes);
  if (query?.type !== "query") return undefined;
  const limit = transport === "tcp" ? 0xffff : udpLimit(query);
  const [question, ...others] = query.questions;
  if (query.opcode !== "QUERY") return failure(query, RCODE.NOTIMP);
  if (question === undefined || others.length > 0 || !isPlain(question.name)) return failure(query, RCODE.FORMERR);
  if (question.class !== "IN") return failure(query, RCODE.REFUSED);
  const answer = answerOf(question, responder.zone, responder.names);
  if (answer === undefined) {
    const reply = await responder.ask(bytes);
    return reply === undefined ? failure(query, RCODE.SERVFAIL) : shortened(reply, limit);
  }
  const further = answer.alias === undefined ? [] : await aliased(question, answer.alias, responder);
  const answers = [...answer.answers, ...further];
  const authorities = answers.length === 0 ? [authorityOf(responder.zone, responder.serial())] : [];
  const flags = AUTHORITATIVE | (answer.exists ? RCODE.NOERROR : RCODE.NXDOMAIN);
  return shortened(encode(replyTo(query, flags, { answers, authorities, additionals: answer.additionals })), limit);
}

/** What the alias stands for: a name of ours, or one outside. Aliases of aliases of ours end here. */
async function aliased(question: Question, alias: string, responder: Responder): Promise<readonly ResourceRecord[]> {
  if (question.type === "CNAME") return [];
  const next = { ...question, name: alias };
  const inner = answerOf(next, responder.zone, responder.names);
  if (inner !== undefined) return inner.answers;
  const reply = await responder.ask(
    encode({
      type: "query",
      id: 0,
      flags: RECURSION_DESIRED,
      questions: [next],
      answers: [],
      authorities: [],
      additionals: [],
    }),
  );
  const answers = reply === undefined ? [] : (readPacket(reply)?.answers ?? []);
  return answers.filter(({ type }) => type === question.type || type === "CNAME");
}

function replyTo(
  query: DecodedPacket,
  flags: number,
  sections: Pick<Packet, "answers" | "authorities" | "additionals">,
): Packet {
  const edns = query.additionals.some(({ type }) => type === "OPT");
  const opt = { type: "OPT", name: ".", udpPayloadSize: UDP_BYTES_MAX, flags: 0, options: [] } as const;
  return {
    ...sections,
    type: "response",
    id: query.id,
    flags: flags | RECURSION_AVAILABLE | (query.flags & RECURSION_DESIRED),
    questions: query.questions,
    additionals: edns ? [...sections.additionals, opt] : sections.additionals,
  };
}

function failure(query: DecodedPacket, rcode: number): Uint8Array {
  const questions = query.questions.every(({ name }) => isPlain(name)) ? query.questions : [];
  return encode(replyTo({ ...query, questions }, rcode, { answers: [], authorities: [], additionals: [] }));
}

/** A reply that is too long keeps its header and question, and says so; the client comes back over TCP. */
function shortened(reply: Uint8Array, limit: number): Uint8Array {
  if (reply.length <= limit) return reply;
  const packet = readPacket(reply);
  if (packet === undefined) return reply.subarray(0, limit);
  const additionals = packet.additionals.filter(({ type }) => type === "OPT");
  return encode({ ...packet, flags: packet.flags | TRUNCATED, answers: [], authorities: [], additionals });
}

function udpLimit(query: DecodedPacket): number {
  const opt = query.additionals.find((each) => each.type === "OPT");
  return Math.min(Math.max(opt?.udpPayloadSize ?? 0, UDP_BYTES_MIN), UDP_BYTES_MAX);
}

/** The codec reads labels as text: any but printable ASCII could not be written back as it came. */
function isPlain(name: string): boolean {
  return /^[\x21-\x7e]+$/.test(name);
}
