// s3rver as a process of its own, so that a test can kill it. Arguments: port, directory, bucket; port 0 is a free one.
// One line of JSON says where it listens.
import S3rver from "s3rver";

const [port, directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  silent: true,
  directory,
  allowMismatchedSignatures: false,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket, configs: [] }],
});
const address = await server.run();
process.stdout.write(`${JSON.stringify({ port: address.port })}\n`);
