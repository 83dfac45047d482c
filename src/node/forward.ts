import type { ByteStream, ForwardedConnection } from "#base/streams.ts";

/** Joins a forwarded connection with what `dial` opens; why it could not be is told to the client. */
export async function forward(
  connection: ForwardedConnection,
  dial: (connection: ForwardedConnection) => Promise<ByteStream>,
): Promise<void> {
  let there: ByteStream;
  try {
    there = await dial(connection);
  } catch (error) {
    await connection.fail(error instanceof Error ? error.message : String(error)).catch(() => {});
    connection.data.end();
    return;
  }
  let isOver = false;
  // That nothing listens may show only when it is read, and kubectl waits for the word. A client that merely hung up
  // does not: told of a failure, kubectl would end its other connections, too.
  const answered = answer(there, connection, () => isOver);
  try {
    await Promise.all([pump(connection.data, there), answered]);
  } catch {
    isOver = true;
    connection.data.destroy();
    there.destroy();
  }
}

/** Hands on what the pod sends; what goes wrong on its side is told to the client unless all is over. */
async function answer(there: ByteStream, connection: ForwardedConnection, isOver: () => boolean): Promise<void> {
  const source = there.incoming[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await source.next();
    } catch (error) {
      if (!isOver()) await connection.fail(error instanceof Error ? error.message : String(error));
      return;
    }
    if (next.done) break;
    await connection.data.write(next.value);
  }
  connection.data.end();
}

async function pump(from: ByteStream, to: ByteStream): Promise<void> {
  for await (const chunk of from.incoming) await to.write(chunk);
  to.end();
}
