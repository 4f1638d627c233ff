// Makes a grid cell by RPC, and waits for the event that tells of it.
import { randomUUID } from "node:crypto";
import path from "node:path";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import kafkajs from "kafkajs";
import lz4 from "lz4js";
import protobuf from "protobufjs";

const TOPIC = "hearthline.customers.v1";
const PATIENCE_MS = 60_000;

// kafkajs brings gzip only; our own topics are LZ4.
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => Buffer.from(lz4.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
});

// Calls a platform on this machine. Elsewhere: grpc.credentials.createSsl(), and "authorization", "Bearer …" in place
// of the actor.
function makeCell(protos, target, id) {
  const definition = loader.loadSync("hearthline/customers/v1/cells.proto", { includeDirs: [protos], keepCase: true });
  const { CellService } = grpc.loadPackageDefinition(definition).hearthline.customers.v1;
  const client = new CellService(target, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set("x-hearthline-actor", "staff/1007");
  const request = { cell_id: id, cell: { display_name: "From Node", account_manager: "staff/1007" } };
  return new Promise((resolve, reject) => {
    client.CreateCell(request, metadata, { deadline: Date.now() + PATIENCE_MS }, (error, cell) => {
      client.close();
      error ? reject(error) : resolve(cell.name);
    });
  });
}

function events(protos) {
  const root = new protobuf.Root();
  root.resolvePath = (_, name) => path.join(protos, name);
  root.loadSync("hearthline/customers/v1/events.proto");
  return root;
}

// Reads committed events from the beginning, and gives the one that tells of the cell.
async function waitFor(protos, broker, name) {
  const root = events(protos);
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: `example.${randomUUID()}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  let late;
  try {
    return await new Promise((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`no event of ${name}`)), PATIENCE_MS);
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.run({
        eachMessage: async ({ message }) => {
          const type = message.headers.ce_type.toString();
          if (type !== `${TOPIC}.CellAssigned`) return; // Types that are not known are passed over.
          const event = root.lookupType(type).decode(message.value);
          if (event.cell === name) resolve({ type, event });
        },
      });
    });
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
}

const [protos, target, broker, id] = process.argv.slice(2);
if (!id) throw new Error("usage: node main.js PROTOS HOST:PORT KAFKA CELL");
const name = await makeCell(protos, target, id);
console.log("made", name);
const { type, event } = await waitFor(protos, broker, name);
console.log("read", type, event.cell, event.displayName);
