/** What this room uses of dns-packet 5.6, which has no types of its own. */
declare module "dns-packet" {
  export interface Question {
    readonly name: string;
    readonly type: string;
    readonly class?: string | undefined;
  }

  interface Common {
    readonly name: string;
    readonly ttl: number;
  }

  export type ResourceRecord =
    | (Common & { readonly type: "A" | "AAAA" | "CNAME" | "PTR" | "TXT"; readonly data: string })
    | (Common & {
        readonly type: "SRV";
        readonly data: {
          readonly priority: number;
          readonly weight: number;
          readonly port: number;
          readonly target: string;
        };
      })
    | (Common & {
        readonly type: "SOA";
        readonly data: {
          readonly mname: string;
          readonly rname: string;
          readonly serial: number;
          readonly refresh: number;
          readonly retry: number;
          readonly expire: number;
          readonly minimum: number;
        };
      });

  /** The pseudo record of EDNS (RFC 6891). */
  export interface OptRecord {
    readonly type: "OPT";
    readonly name: ".";
    readonly udpPayloadSize: number;
    readonly flags: number;
    readonly options: readonly never[];
  }

  export interface Packet {
    readonly type: "query" | "response";
    readonly id: number;
    /** The header's bits but QR; the lowest four are the response code. */
    readonly flags: number;
    readonly questions: readonly Question[];
    readonly answers: readonly ResourceRecord[];
    readonly authorities: readonly ResourceRecord[];
    readonly additionals: readonly (ResourceRecord | OptRecord)[];
  }

  export interface DecodedPacket extends Packet {
    readonly opcode: string;
    readonly rcode: string;
    readonly flag_tc: boolean;
  }

  /** @throws {Error} If the bytes are no whole packet. */
  export function decode(bytes: Buffer): DecodedPacket;
  export function encode(packet: Packet): Uint8Array;
}
