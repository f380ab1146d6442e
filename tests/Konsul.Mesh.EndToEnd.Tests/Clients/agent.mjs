// Uses an agent with node-consul the way its users do. Usage: NODE_MODULES=folder node agent.mjs PORT. One line per step; exit 0 when all held.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const Consul = createRequire(`${process.env.NODE_MODULES}/`)('consul');
const consul = new Consul({ host: '127.0.0.1', port: Number(process.argv[2]) });

async function until(what, probe) {
  for (let i = 0; i < 300; i++) {
    if (await probe()) return;
    await new Promise((r) => setTimeout(r, 100));
  }
  assert.fail(`never: ${what}`);
}

const steps = {
  async 'status: the leader listens where Consul would'() {
    assert.equal(await consul.status.leader(), `127.0.0.1:${process.argv[3]}`);
    assert.deepEqual(await consul.status.peers(), [`127.0.0.1:${process.argv[3]}`]);
  },
  async 'agent: self, members, reload'() {
    const self = await consul.agent.self();
    assert.equal(self.Config.NodeName, 'node1');
    assert.equal(self.Member.Addr, '127.0.0.1');
    const [member] = await consul.agent.members();
    assert.equal(member.Status, 1);
    await consul.agent.reload();
    await consul.agent.join('127.0.0.1');
    await consul.agent.forceLeave('node1');
  },
  async 'agent: maintenance of the node'() {
    await consul.agent.maintenance({ enable: true, reason: 'bees' });
    const checks = await consul.agent.check.list();
    assert.equal(checks._node_maintenance.Status, 'critical');
    assert.equal(checks._node_maintenance.Notes, 'bees');
    await consul.agent.maintenance(false);
    assert.equal((await consul.agent.check.list())._node_maintenance, undefined);
  },
  async 'agent: an http check follows its target'() {
    let status = 500;
    const app = createServer((_, res) => res.writeHead(status).end('x')).listen(0, '127.0.0.1');
    await new Promise((r) => app.once('listening', r));
    await consul.agent.check.register({ name: 'web', http: `http://127.0.0.1:${app.address().port}`, interval: '200ms', notes: 'n' });
    assert.equal((await consul.agent.check.list()).web.Status, 'critical');
    status = 200;
    await until('passing', async () => (await consul.agent.check.list()).web.Status === 'passing');
    await consul.agent.check.deregister('web');
    app.close();
  },
  async 'agent: a script check runs'() {
    await consul.agent.check.register({ name: 'script', args: ['/bin/true'], interval: '200ms' });
    await until('passing', async () => (await consul.agent.check.list()).script.Status === 'passing');
    await consul.agent.check.deregister('script');
  },
  async 'agent: a service with a ttl check, in and out of maintenance'() {
    await consul.agent.service.register({ name: 'svc', id: 'a/b', port: 1, tags: ['t'], meta: { k: 'v' }, check: { ttl: '60s' } });
    assert.equal((await consul.agent.service.list())['a/b'].Meta.k, 'v');
    await consul.agent.check.pass('service:a/b');
    assert.equal((await consul.health.service({ service: 'svc', passing: true })).length, 1);
    await consul.agent.service.maintenance({ id: 'a/b', enable: true });
    assert.equal((await consul.health.service({ service: 'svc', passing: true })).length, 0);
    await consul.agent.service.maintenance({ id: 'a/b', enable: false });
    assert.equal((await consul.health.checks('svc')).length, 1);
    await consul.agent.check.fail({ id: 'service:a/b', note: 'down' });
    assert.equal((await consul.health.checks('svc'))[0].Output, 'down');
  },
  async 'catalog: only what was registered, and the server itself'() {
    assert.deepEqual(Object.keys(await consul.catalog.service.list()).sort(), ['consul', 'svc']);
    const [node] = await consul.catalog.service.nodes('svc');
    assert.equal(node.ServiceID, 'a/b');
    assert.ok((await consul.catalog.node.services('node1')).Services.consul);
    assert.deepEqual(await consul.catalog.datacenters(), ['dc1']);
    assert.deepEqual((await consul.catalog.node.list()).map((n) => n.Node), ['node1']);
    await consul.agent.service.deregister('a/b');
  },
  async 'health: of the node and by state'() {
    assert.equal((await consul.health.node('node1'))[0].CheckID, 'serfHealth');
    assert.deepEqual((await consul.health.state('any')).map((c) => c.CheckID), ['serfHealth']);
    assert.deepEqual(await consul.health.state('critical'), []);
  },
  async 'events: fired and listed'() {
    const fired = await consul.event.fire({ name: 'deploy', payload: 'now', node: 'node1' });
    assert.equal(fired.Name, 'deploy');
    const listed = await consul.event.list('deploy');
    assert.equal(listed.at(-1).ID, fired.ID);
    assert.equal(listed.at(-1).Payload, 'now');
  },
  async 'watch: a service that appears'() {
    const watch = consul.watch({ method: consul.health.service, options: { service: 'late', passing: true, wait: '5s' }, backoffFactor: 100 });
    const seen = new Promise((resolve, reject) => {
      watch.on('error', reject);
      watch.on('change', (data) => data.length === 1 && resolve());
    });
    await consul.agent.service.register('late');
    await seen;
    watch.end();
    await consul.agent.service.deregister('late');
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
  } catch (e) {
    console.error(`FAILED ${name}`);
    throw e;
  }
  console.log(`ok ${name}`);
}
