// The options that the programs promise, by program; environment names are KONSUL_ and the option in capitals. Kept as data so that a renamed
// option is found here and not in a cluster. `check.mjs --programs FOLDER` asks the programs' own help for those that the manifests set.
const common = ['config', 'log-level', 'log-format', 'ports-file'];

export const options = {
  'konsul-server': [
    ...common, 'dev', 'node-id', 'data-dir', 'datacenter', 'primary-datacenter', 'http-addr', 'grpc-addr', 'dns-addr', 'raft-addr', 'bootstrap-expect', 'join-token',
    'retry-join', 'log', 'etcd-endpoints', 'etcd-user', 'etcd-password-file', 'etcd-ca-cert', 'etcd-cert', 'etcd-key', 'etcd-prefix',
    'acl-enabled', 'initial-management-token', 'default-intention-policy', 'ca-kek-file',
    'leaf-ttl', 'ca-root-ttl', 'ca-publish-wait', 'ca-skew', 'csr-max-per-second', 'drain-timeout',
    'dns-enabled', 'dns-domain', 'dns-token', 'dns-node-ttl', 'dns-service-ttl', 'dns-only-passing', 'dns-enable-truncate', 'dns-node-meta-txt',
    'dns-udp-answer-limit', 'dns-a-record-limit', 'dns-udp-max-size', 'dns-recursors', 'dns-recursor-timeout', 'dns-recursor-strategy', 'dns-recursor-cache',
    'dns-soa-refresh', 'dns-soa-retry', 'dns-soa-expire', 'dns-soa-min-ttl', 'dns-max-connections', 'dns-responses-per-second',
  ],
  'konsul-proxy': [
    ...common, 'sidecar-for', 'service', 'service-port', 'protocol', 'upstream', 'server', 'token', 'admin-addr', 'agent-addr', 'inbound-addr', 'cache-dir',
    'drain-timeout', 'ca-cert', 'service-id', 'service-address', 'node', 'outbound-addr', 'kind', 'listen',
  ],
};

/** How long each drains when --drain-timeout does not say. */
export const drainDefaults = { 'konsul-server': '10s', 'konsul-proxy': '30s' };

export const verbs = { 'konsul-server': [], 'konsul-proxy': ['sidecar', 'gateway'] };

/** HTTP paths on which the programs answer probes. */
export const probes = { 'konsul-server': ['/health/live', '/health/ready'], 'konsul-proxy': ['/healthz', '/ready'] };

export const annotations = ['konsul.io/mesh-enabled', 'konsul.io/mtls-mode', 'konsul.io/inject', 'konsul.io/inject-agent', 'konsul.io/expects-secrets'];

export const programOf = (container) => Object.keys(options).find((program) => new RegExp(`(^|/)${program}(:|@|$)`).test(container.image ?? ''));

export const environmentName = (option) => `KONSUL_${option.toUpperCase().replaceAll('-', '_')}`;
