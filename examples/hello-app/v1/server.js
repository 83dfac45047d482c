const http = require("http");

const server = http.createServer((req, res) => {
  res.end("Hello application v1\n");
});

server.listen(3000, () => {
  console.log("Server listen on port 3000");
});

// PID 1 has no default handler for SIGTERM: finish what is in hand, then leave.
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});
