/** Bounds on what a client can make the server do. */
export const LIMITS = {
  /** Bytes of frames held for a watcher that does not read; beyond it the watch ends and the client comes back. */
  watchBufferBytesMax: 16 * 1024 * 1024,
  /** Bytes of frames held for all watchers together, those that several wait for counted once. */
  watchBacklogBytesMax: 96 * 1024 * 1024,
  /** Bytes of frames put together for one watcher alone: with a thousand that do not read this is 32 MiB. */
  watchPieceBytes: 32 * 1024,
  /** Bytes written to one watcher before others get their turn. */
  watchBytesPerTurn: 2 * 1024 * 1024,
  /** Milliseconds between bookmarks on one watch (apiserver's cacher: one a minute). */
  bookmarkIntervalMs: 60_000,
  /** The same for watches of this process, which need to resume within the history that is kept (5 min) and no more. */
  ownBookmarkIntervalMs: 240_000,
  /** A watch without timeoutSeconds lasts between this and twice this (kube-apiserver --min-request-timeout). */
  watchSecondsMin: 1_800,
  /** Milliseconds from a request to the head of its response (kube-apiserver --request-timeout). */
  requestTimeoutMs: 60_000,
  /** Requests in hand at once that may change something (kube-apiserver --max-mutating-requests-inflight). */
  mutatingInflightMax: 200,
  /** Requests in hand at once that only read (kube-apiserver --max-requests-inflight). */
  readOnlyInflightMax: 400,
  /** Bytes of a body up to which it is parsed, decoded and checked in one turn of the event loop. */
  bodyBytesPerTurn: 128 * 1024,
  /** Bytes of a list up to which it is written at once, rather than as its client takes it. */
  wholeBytesMax: 128 * 1024,
  /** Objects whose length is taken in one turn: each is some 200 ns of waiting for memory. */
  objectsCountedPerTurn: 4_000,
  /** Objects encoded in one turn: in protobuf each takes some ten times as long as to copy. */
  encodedPerTurn: 100,
  /** Attempts of a patch whose object keeps changing (apiserver handlers/patch.go). */
  patchAttemptsMax: 5,
  /** Names tried for generateName (apiserver endpoints/handlers/create.go). */
  generatedNamesMax: 8,
  /** Longest base of a generated name (apiserver names.maxGeneratedNameLength). */
  generateNameBaseMax: 58,
  /** Milliseconds an Event lives (kube-apiserver --event-ttl). */
  eventTtlMs: 3_600_000,
  /** Milliseconds between two looks for old Events. */
  eventSweepIntervalMs: 300_000,
} as const;
