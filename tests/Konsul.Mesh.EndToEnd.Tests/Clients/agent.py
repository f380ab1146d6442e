"""Uses an agent with python-consul (Debian: python3-consul) the way its users do. Usage: agent.py PORT. Prints one line per step."""
import http.server
import sys
import threading
import time

import consul
import consul.base

c = consul.Consul(host="127.0.0.1", port=int(sys.argv[1]))


def put(path, **params):
    """python-consul 0.7.1 sends GET where Consul has taken only PUT since 1.0; its users send these themselves."""
    return c.http.put(consul.base.CB.bool(), path, params=list(params.items()))


def until(what, probe):
    for _ in range(300):
        if probe():
            return
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


def agent():
    own = c.agent.self()
    assert own["Member"]["Name"] == own["Config"]["NodeName"] == "node1"
    assert [m["Name"] for m in c.agent.members()] == ["node1"]
    c.agent.maintenance("true", "test")
    assert c.agent.checks()["_node_maintenance"]["Notes"] == "test"
    c.agent.maintenance("false")
    assert "_node_maintenance" not in c.agent.checks()


def services():
    assert c.agent.service.register("foo", service_id="foo:1", port=8080, tags=["a"], check=consul.Check.ttl("60s"))
    assert c.agent.services()["foo:1"]["Port"] == 8080
    assert c.agent.service.maintenance("foo:1", "true", "why")
    assert c.agent.checks()["_service_maintenance:foo:1"]["Notes"] == "why"
    assert c.agent.service.maintenance("foo:1", "false")
    assert put("/v1/agent/check/pass/service:foo:1", note="well")
    index, nodes = c.health.service("foo", passing=True)
    assert nodes[0]["Service"]["ID"] == "foo:1" and int(index) > 0
    assert put("/v1/agent/check/warn/service:foo:1")
    assert c.health.service("foo", passing=True)[1] == []
    assert put("/v1/agent/check/fail/service:foo:1")
    assert [k["CheckID"] for k in c.health.state("critical")[1]] == ["service:foo:1"]
    assert [k["Status"] for k in c.health.checks("foo")[1]] == ["critical"]
    assert put("/v1/agent/service/deregister/foo:1")
    assert "foo:1" not in c.agent.services()


def checks():
    class App(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"fine")

        def log_message(self, *_):
            pass

    app = http.server.HTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    port = app.server_address[1]
    assert c.agent.check.register("http", check=consul.Check.http(f"http://127.0.0.1:{port}/", "200ms", timeout="1s"))
    assert c.agent.check.register("tcp", check=consul.Check.tcp("127.0.0.1", port, "200ms"))
    assert c.agent.check.register("script", check={"args": ["/bin/true"], "interval": "200ms"})
    until("all pass", lambda: all(k["Status"] == "passing" for k in c.agent.checks().values()))
    assert len(c.agent.checks()) == 3
    for name in ("http", "tcp", "script"):
        assert put(f"/v1/agent/check/deregister/{name}")
    app.shutdown()


def catalog():
    assert c.catalog.register("n1", "10.1.10.11")
    assert c.catalog.register("n2", "10.1.10.12", service={"service": "s1"}, check={"name": "c", "status": "passing"})
    assert {"n1", "n2"} <= {n["Node"] for n in c.catalog.nodes()[1]}
    assert "s1" in c.catalog.services()[1]
    assert c.catalog.node("n2")[1]["Services"]["s1"]["Service"] == "s1"
    assert c.catalog.service("s1")[1][0]["Address"] == "10.1.10.12"
    assert [k["Name"] for k in c.health.node("n2")[1]] == ["c"]
    index = c.catalog.nodes()[0]
    late = threading.Timer(0.3, lambda: consul.Consul(host="127.0.0.1", port=int(sys.argv[1])).catalog.register("n3", "10.1.10.13"))
    late.start()
    assert "n3" in {n["Node"] for n in c.catalog.nodes(index=index, wait="30s")[1]}
    for node in ("n1", "n2", "n3"):
        assert c.catalog.deregister(node)
    assert {n["Node"] for n in c.catalog.nodes()[1]} == {"node1"}
    assert c.catalog.datacenters() == ["dc1"]


def events():
    index, _ = c.event.list()
    assert c.event.fire("fooname", "foobody")
    index, listed = c.event.list(name="fooname")
    assert listed[-1]["Name"] == "fooname" and listed[-1]["Payload"] == b"foobody"


def status():
    assert c.status.leader() in c.status.peers()
    assert c.coordinate.nodes()[1][0]["Node"] == "node1"
    assert c.coordinate.datacenters()[0]["Datacenter"] == "dc1"


for step in (agent, services, checks, catalog, events, status):
    step()
    print("ok", step.__name__)
