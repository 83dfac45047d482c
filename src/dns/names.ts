/** The labels of a name in lower case, without those of `domain`; undefined when it is not within. */
export function labelsWithin(name: string, domain: string): readonly string[] | undefined {
  const lower = name.toLowerCase();
  if (lower === domain) return [];
  return lower.endsWith(`.${domain}`) ? lower.slice(0, -domain.length - 1).split(".") : undefined;
}

/** The IPv4 address of `4.3.2.1.in-addr.arpa`; undefined for any other name. */
export function reverseAddress(name: string): string | undefined {
  const labels = labelsWithin(name, "in-addr.arpa");
  if (labels?.length !== 4) return undefined;
  return validAddress(labels.toReversed().join("."));
}

/** The IPv4 address of the label `1-2-3-4`. */
export function dashedAddress(label: string): string | undefined {
  return validAddress(label.replaceAll("-", "."));
}

/** An IPv4 address as a label: how an endpoint without a hostname is called. */
export function addressLabel(address: string): string {
  return address.replaceAll(".", "-");
}

/** Whether an IPv4 address is in a network such as `10.244.0.0/16`. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = "", bits = "32"] = network.split("/");
  const blockSize = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(address) / blockSize) === Math.floor(toNumber(base) / blockSize);
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function validAddress(text: string): string | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  return octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255) ? text : undefined;
}
