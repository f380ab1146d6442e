// Drives a server with node-consul as its users do. Usage: node client.mjs PORT. Prints one line per step; exit 0 when all held.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

// The library may lie beside this file or where NODE_MODULES points.
const require = createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/` : import.meta.url);
const Consul = require('consul');
const consul = new Consul({ host: '127.0.0.1', port: Number(process.argv[2]) });

const steps = {
  async 'status'() {
    assert.match(await consul.status.leader(), /^[0-9.]+:[0-9]+$/);
    assert.equal((await consul.status.peers()).length, 1);
  },
  async 'kv with slashes'() {
    assert.equal(await consul.kv.set('node/a b/c', 'hello'), true);
    assert.equal((await consul.kv.get('node/a b/c')).Value, 'hello');
    assert.deepEqual(await consul.kv.keys('node/'), ['node/a b/c']);
    assert.equal((await consul.kv.get({ key: 'node/', recurse: true })).length, 1);
    assert.equal(await consul.kv.get('node/none'), undefined);
    assert.notEqual(await consul.kv.set({ key: 'node/a b/c', value: 'x', cas: '1' }), true);
    await consul.kv.del({ key: 'node/', recurse: true });
    assert.equal(await consul.kv.get('node/a b/c'), undefined);
  },
  async 'agent service and checks'() {
    await consul.agent.service.register({ name: 'js', id: 'scope/js', port: 8080, tags: ['a'], check: { ttl: '60s', notes: 'n' } });
    assert.equal((await consul.agent.services())['scope/js'].Port, 8080);
    await consul.agent.check.pass({ id: 'service:scope/js', note: 'fine' });
    const [entry] = await consul.health.service({ service: 'js', passing: true });
    assert.equal(entry.Checks.at(-1).Output, 'fine');
    await consul.agent.check.warn('service:scope/js');
    assert.equal((await consul.health.service({ service: 'js', passing: true })).length, 0);
    assert.ok((await consul.health.state('warning')).some((c) => c.CheckID === 'service:scope/js'));
    await consul.agent.check.register({ name: 'alone', ttl: '10s' });
    assert.ok((await consul.agent.checks()).alone);
    await consul.agent.check.deregister('alone');
    await consul.agent.service.deregister('scope/js');
    assert.equal((await consul.agent.services())['scope/js'], undefined);
  },
  async 'catalog'() {
    await consul.catalog.register({ node: 'js-node', address: '10.0.0.9', service: { service: 'jsdb', port: 1 } });
    assert.ok((await consul.catalog.node.list()).some((n) => n.Node === 'js-node'));
    assert.equal((await consul.catalog.service.nodes('jsdb'))[0].ServicePort, 1);
    assert.ok('jsdb' in await consul.catalog.service.list());
    await consul.catalog.deregister({ node: 'js-node' });
    assert.deepEqual(await consul.catalog.service.nodes('jsdb'), []);
    assert.deepEqual(await consul.catalog.datacenters(), ['dc1']);
  },
  async 'agent self and members'() {
    assert.equal((await consul.agent.self()).Config.Datacenter, 'dc1');
    assert.equal((await consul.agent.members()).length, 1);
  },
  async 'watch'() {
    const watch = consul.watch({ method: consul.kv.get, options: { key: 'node/watched' }, backoffFactor: 100 });
    const seen = new Promise((resolve, reject) => {
      watch.on('error', reject);
      watch.on('change', (data) => data?.Value === 'now' && resolve());
    });
    await consul.kv.set('node/watched', 'now');
    await seen;
    watch.end();
  },
  async 'errors'() {
    await assert.rejects(consul.agent.service.deregister('nope'), (e) => e.statusCode === 404);
    await assert.rejects(consul.agent.check.pass('nope'), (e) => e.statusCode === 404);
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok ${name}`);
}
