namespace Konsul.Mesh.Model.Tests.ConfigEntries;

/// <summary>A good entry of each kind, with most of its members, written as clients write them.</summary>
internal static class Samples
{
    public const string Router = """
        {"Kind":"service-router","Name":"web","Meta":{"by":"ops"},"Routes":[
          {"Match":{"HTTP":{"PathPrefix":"/admin","Header":[{"Name":"x-debug","Present":true},{"Name":"x-v","Regex":"[0-9]{1,3}","Invert":true}],
            "QueryParam":[{"Name":"q","Exact":"1"}],"Methods":["GET","PUT"]}},
           "Destination":{"Service":"admin","ServiceSubset":"v2","PrefixRewrite":"/","RequestTimeout":"10s","IdleTimeout":1500000000,"NumRetries":3,
            "RetryOnConnectFailure":true,"RetryOn":["5xx","reset"],"RetryOnStatusCodes":[503],"RequestHeaders":{"Add":{"a":"b"},"Set":{"c":"d"},"Remove":["e"]}}},
          {"Match":{"HTTP":{"PathRegex":"/v[12]/.*","CaseInsensitive":true}},"Destination":{"Service":"api"},
           "Mirror":{"Service":"shadow","Percent":5},"Fault":{"DelayPercent":1,"Delay":"100ms"}},
          {"Match":{"HTTP":{"PathExact":"/old"}},"Redirect":{"Path":"/new","StatusCode":301}},
          {"Match":{"HTTP":{"PathPrefix":"/ping"}},"Response":{"StatusCode":200,"Body":"pong","Headers":{"content-type":"text/plain"}}}]}
        """;

    public const string Resolver = """
        {"kind":"service-resolver","name":"web","default_subset":"v1",
         "subsets":{"v1":{"filter":"Service.Meta.version == v1","only_passing":true},"v2":{"Filter":"Service.Meta[\"version\"] == \"v2\""}},
         "failover":{"*":{"targets":[{"datacenter":"dc2"},{"service":"backup"}],"policy":{"mode":"sequential"}},"v2":{"service_subset":"v1"}},
         "connect_timeout":"15s","request_timeout":30000000000,
         "load_balancer":{"policy":"ring_hash","ring_hash_config":{"minimum_ring_size":1024,"maximum_ring_size":8192},
          "hash_policies":[{"field":"cookie","field_value":"session","cookie_config":{"ttl":"1h","path":"/"}},{"source_ip":true,"terminal":true}]}}
        """;

    public const string Splitter = """
        {"Kind":"service-splitter","Name":"web","Splits":[{"Weight":99.99,"ServiceSubset":"v1","RequestHeaders":{"Set":{"x-leg":"v1"}}},
         {"Weight":0.01,"ServiceSubset":"v2"}],"Namespace":"default","Partition":""}
        """;

    public const string Intentions = """
        {"Kind":"service-intentions","Name":"api","JWT":{"Providers":[{"Name":"okta","VerifyClaims":[{"Path":["perms","role"],"Value":"admin"}]}]},
         "Sources":[{"Name":"web","Permissions":[{"Action":"deny","HTTP":{"PathPrefix":"/admin"}},
           {"Action":"allow","HTTP":{"Methods":["GET"],"Header":[{"Name":"x","Contains":"y","IgnoreCase":true}]},"JWT":{"Providers":[{"Name":"okta"}]}}]},
          {"Name":"*","Action":"deny","Description":"nobody else"}]}
        """;

    public static TheoryData<string> All =>
    [
        Router, Resolver, Splitter, Intentions,
        """
        {"Kind":"service-defaults","Name":"web","Protocol":"HTTP","Mode":"transparent","TransparentProxy":{"OutboundListenerPort":22500,"DialedDirectly":true},
         "MutualTLSMode":"strict","MeshGateway":{"Mode":"local"},"Expose":{"Checks":true,"Paths":[{"ListenerPort":1,"Path":"/h","LocalPathPort":2,"Protocol":"http2"}]},
         "UpstreamConfig":{"Defaults":{"ConnectTimeoutMs":1000,"Limits":{"MaxConnections":0,"MaxPendingRequests":5},"PassiveHealthCheck":{"Interval":"5s","MaxFailures":3,
          "EnforcingConsecutive5xx":0}},"Overrides":[{"Name":"db","Protocol":"tcp","MeshGateway":{"Mode":"remote"}}]},"MaxInboundConnections":10,
         "LocalConnectTimeoutMs":1,"LocalRequestTimeoutMs":2,"BalanceInboundConnections":"exact_balance",
         "RateLimits":{"InstanceLevel":{"RequestsPerSecond":5,"Routes":[{"PathPrefix":"/a","RequestsPerSecond":1}]}},
         "EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Script":"x","n":[1,{"a":null}]}}]}
        """,
        """{"Kind":"service-defaults","Name":"ext","Destination":{"Addresses":["api.example.com","192.0.2.1"],"Port":443}}""",
        """
        {"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http","local_connect_timeout_ms":1000,"x":{"y":[true]}},
         "AccessLogs":{"Enabled":true,"Type":"file","Path":"/var/log/a","JSONFormat":"{}"},"FailoverPolicy":{"Mode":"order-by-locality","Regions":["a"]}}
        """,
        """
        {"Kind":"mesh","Name":"mesh","TransparentProxy":{"MeshDestinationsOnly":true},"AllowEnablingPermissiveMutualTLS":true,
         "TLS":{"Incoming":{"TLSMinVersion":"TLSv1_2","CipherSuites":["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]}},
         "HTTP":{"SanitizeXForwardedClientCert":true,"Incoming":{"RequestNormalization":{"MergeSlashes":true,"PathWithEscapedSlashesAction":"REJECT_REQUEST"}}}}
        """,
        """
        {"Kind":"jwt-provider","Name":"okta","Issuer":"me","Audiences":["a"],"JSONWebKeySet":{"Remote":{"URI":"https://example.com/jwks","CacheDuration":"30m",
         "JWKSCluster":{"DiscoveryType":"STATIC","TLSCertificates":{"TrustedCA":{"Filename":"/ca"}}},"RetryPolicy":{"NumRetries":2,"RetryPolicyBackOff":{"BaseInterval":"1s","MaxInterval":"2s"}}}},
         "Locations":[{"Header":{"Name":"Authorization","ValuePrefix":"Bearer "}},{"Cookie":{"Name":"t"}}],"Forwarding":{"HeaderName":"x-user"},"ClockSkewSeconds":10}
        """,
        """{"Kind":"jwt-provider","Name":"local","JSONWebKeySet":{"Local":{"JWKS":"eyJrZXlzIjpbXX0="}}}""",
        """
        {"Kind":"ingress-gateway","Name":"edge","TLS":{"Enabled":true,"TLSMinVersion":"TLSv1_2"},"Listeners":[
         {"Port":8080,"Protocol":"http","Services":[{"Name":"*"},{"Name":"web","Hosts":["*.example.com","example.com:8080"],"MaxConnections":5}]},
         {"Port":8081,"Services":[{"Name":"db"}],"TLS":{"Enabled":true,"CertFile":"/c","KeyFile":"/k"}}]}
        """,
        """{"Kind":"terminating-gateway","Name":"out","Services":[{"Name":"*"},{"Name":"billing","CAFile":"/ca","CertFile":"/c","KeyFile":"/k","SNI":"b.example.com"}]}""",
        """{"Kind":"exported-services","Name":"default","Services":[{"Name":"*","Consumers":[{"Peer":"east"}]}]}""",
        """
        {"Kind":"rate-limit","Name":"api","Limits":[{"Name":"per-ip","Match":{"PathPrefix":"/","Methods":[]},"Key":["client-ip","header:x-tenant"],"Limit":100,"Window":"1s",
         "Burst":200,"Mode":"leased","OnLimit":"reject","OnBackendFailure":"local"},{"Name":"conns","Unit":"connections","Limit":5,"Window":"1m","Key":["source-service"]}]}
        """,
    ];
}
