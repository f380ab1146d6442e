// The echo service by @grpc/grpc-js. `serve`: prints "PORT n" and serves until stdin ends. `call HOST:PORT`: checks a server, prints "ok <case>" for
// each case that holds and exits 1 at the first that does not.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const definition = loader.loadSync(fileURLToPath(new URL('echo.proto', import.meta.url)), { keepCase: true, defaults: true });
const { Echo } = grpc.loadPackageDefinition(definition).konsul.mesh.test;
const secret = Buffer.from([0, 1, 254, 255]);

function echoMetadata(call) {
  const echoed = new grpc.Metadata();
  for (const key of Object.keys(call.metadata.getMap()).filter(k => k.startsWith('x-')))
    for (const value of call.metadata.get(key)) echoed.add(key, value);
  call.sendMetadata(echoed);
  return echoed;
}

function failure(text) {
  const [, code, ...message] = text.split(':');
  const metadata = new grpc.Metadata();
  metadata.add('why-bin', secret);
  metadata.add('why', 'because');
  return { code: Number(code), details: message.join(':'), metadata };
}

const service = {
  Unary(call, callback) {
    const { text, payload } = call.request;
    if (text.startsWith('fail:')) return callback(failure(text));
    if (text === 'hang') return;
    callback(null, { text, payload }, text === 'meta' ? echoMetadata(call) : undefined);
  },
  Down(call) {
    for (let i = 0; i < call.request.count; i++) call.write({ text: call.request.text, number: i, payload: call.request.payload });
    if (call.request.text.startsWith('fail:')) return call.emit('error', failure(call.request.text));
    call.end();
  },
  Up(call, callback) {
    const texts = [];
    call.on('data', r => texts.push(r.text));
    call.on('end', () => callback(null, { text: texts.join(','), number: texts.length }));
  },
  Both(call) {
    let i = 0;
    call.on('data', r => call.write({ text: r.text, number: i++ }));
    call.on('end', () => call.end());
  },
};

async function serve() {
  const server = new grpc.Server({ 'grpc.default_compression_algorithm': 2 });
  server.addService(Echo.service, service);
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, p) => (error ? reject(error) : resolve(p))));
  console.log(`PORT ${port}`);
  process.stdin.on('end', () => process.exit(0)).resume();
}

const collect = stream => new Promise((resolve, reject) => {
  const got = [];
  stream.on('data', r => got.push(r)).on('end', () => resolve(got)).on('error', reject);
});

async function call(address) {
  const client = new Echo(address, grpc.credentials.createInsecure());
  const zipped = new Echo(address, grpc.credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 });
  const unary = (request, metadata = new grpc.Metadata(), options = {}, on = client) => {
    const seen = {};
    return new Promise(resolve => {
      const running = on.Unary(request, metadata, options, (error, reply) => { seen.error = error; seen.reply = reply; });
      running.on('metadata', m => { seen.headers = m; });
      running.on('status', s => { seen.status = s; setImmediate(() => resolve(seen)); });
      if (options.cancelAfterMs) setTimeout(() => running.cancel(), options.cancelAfterMs);
    });
  };
  const cases = {
    async unary() {
      assert.equal((await unary({ text: 'grüße' })).reply.text, 'grüße');
    },
    async serverStreaming() {
      const got = await collect(client.Down({ text: 'd', count: 100 }));
      assert.deepEqual(got.map(r => r.number), [...Array(100).keys()]);
    },
    async clientStreaming() {
      const reply = await new Promise((resolve, reject) => {
        const up = client.Up((error, r) => (error ? reject(error) : resolve(r)));
        for (const text of ['a', 'b', 'c']) up.write({ text });
        up.end();
      });
      assert.equal(reply.text, 'a,b,c');
    },
    async bidirectional() {
      const both = client.Both();
      for (let i = 0; i < 5; i++) {
        const answer = new Promise((resolve, reject) => both.once('data', resolve).once('error', reject));
        both.write({ text: `t${i}` });
        assert.equal((await answer).number, i);
      }
      const ended = new Promise(resolve => both.on('status', resolve));
      both.end();
      assert.equal((await ended).code, grpc.status.OK);
    },
    async metadata() {
      const metadata = new grpc.Metadata();
      metadata.add('x-text', 'plain text');
      metadata.add('x-raw-bin', secret);
      metadata.add('x-raw-bin', Buffer.from([7]));
      const { headers, status } = await unary({ text: 'meta' }, metadata);
      for (const m of [headers, status.metadata]) {
        assert.deepEqual(m.get('x-text'), ['plain text']);
        assert.deepEqual(m.get('x-raw-bin'), [secret, Buffer.from([7])]);
      }
    },
    async errorStatus() {
      const { error } = await unary({ text: 'fail:9:nicht möglich: 100 %' });
      assert.equal(error.code, grpc.status.FAILED_PRECONDITION);
      assert.equal(error.details, 'nicht möglich: 100 %');
      assert.deepEqual(error.metadata.get('why-bin'), [secret]);
    },
    async deadline() {
      const { error } = await unary({ text: 'hang' }, undefined, { deadline: Date.now() + 300 });
      assert.equal(error.code, grpc.status.DEADLINE_EXCEEDED);
    },
    async cancel() {
      const { error } = await unary({ text: 'hang' }, undefined, { cancelAfterMs: 100 });
      assert.equal(error.code, grpc.status.CANCELLED);
    },
    async gzip() {
      const payload = Buffer.alloc(200_000, 'a');
      const { reply } = await unary({ text: 'z', payload }, undefined, {}, zipped);
      assert.ok(reply.payload.equals(payload));
    },
    async unknownMethod() {
      const error = await new Promise(resolve =>
        client.makeUnaryRequest('/konsul.mesh.test.Echo/Nothing', b => b, b => b, Buffer.alloc(0), resolve));
      assert.equal(error.code, grpc.status.UNIMPLEMENTED);
    },
    async tooLarge() {
      const { error } = await unary({ payload: Buffer.alloc(5 * 1024 * 1024) });
      assert.equal(error.code, grpc.status.RESOURCE_EXHAUSTED);
    },
  };
  for (const [name, run] of Object.entries(cases)) {
    await run();
    console.log(`ok ${name}`);
  }
  client.close();
  zipped.close();
}

const [mode, address] = process.argv.slice(2);
await (mode === 'serve' ? serve() : call(address));
