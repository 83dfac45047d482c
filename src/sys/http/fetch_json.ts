/**
 * POSTs JSON to a web server, by HTTP or HTTPS, and gives the JSON it answers. Connections are kept for the next call.
 *
 * @param timeoutMs How long it may take in all.
 * @throws {Error} When the server cannot be reached, is late, does not answer 200, or not in JSON.
 */
export async function fetchJson(url: string, body: unknown, timeoutMs: number): Promise<unknown> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
