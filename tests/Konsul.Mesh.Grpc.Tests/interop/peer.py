"""The echo service by python3-grpcio. `serve`: prints "PORT n" and serves until stdin ends. `call HOST:PORT`: checks a server, prints "ok <case>"
for each case that holds and exits 1 at the first that does not."""
import queue
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

NAME = "konsul.mesh.test"
SECRET = bytes([0, 1, 254, 255])


def message_types():
    """The two messages of echo.proto, built without protoc."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="echo.proto", package=NAME, syntax="proto3")
    for message, number_name in (("EchoRequest", "count"), ("EchoReply", "number")):
        proto = file.message_type.add(name=message)
        for number, (name, kind) in enumerate((("text", field.TYPE_STRING), (number_name, field.TYPE_INT32), ("payload", field.TYPE_BYTES)), 1):
            proto.field.add(name=name, number=number, type=kind, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(pool.FindMessageTypeByName(f"{NAME}.{m}")) for m in ("EchoRequest", "EchoReply")]


Request, Reply = message_types()


def unary(request, context):
    if request.text.startswith("fail:"):
        _, code, message = request.text.split(":", 2)
        context.set_trailing_metadata((("why-bin", SECRET), ("why", "because")))
        context.abort(next(c for c in grpc.StatusCode if c.value[0] == int(code)), message)
    if request.text == "hang":
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait()
    if request.text == "meta":
        echoed = tuple((k, v) for k, v in context.invocation_metadata() if k.startswith("x-"))
        context.send_initial_metadata(echoed)
        context.set_trailing_metadata(echoed)
    return Reply(text=request.text, payload=request.payload)


def down(request, context):
    for i in range(request.count):
        yield Reply(text=request.text, number=i, payload=request.payload)
    if request.text.startswith("fail:"):
        unary(request, context)


def up(requests, context):
    texts = [r.text for r in requests]
    return Reply(text=",".join(texts), number=len(texts))


def both(requests, context):
    for i, request in enumerate(requests):
        yield Reply(text=request.text, number=i)


def serve():
    codecs = dict(request_deserializer=Request.FromString, response_serializer=Reply.SerializeToString)
    server = grpc.server(futures.ThreadPoolExecutor(8), compression=grpc.Compression.Gzip)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"{NAME}.Echo", {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, **codecs),
        "Down": grpc.unary_stream_rpc_method_handler(down, **codecs),
        "Up": grpc.stream_unary_rpc_method_handler(up, **codecs),
        "Both": grpc.stream_stream_rpc_method_handler(both, **codecs),
    }),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"PORT {port}", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


def fails_with(code, call):
    try:
        call()
    except grpc.RpcError as e:
        assert e.code() == code, f"{e.code()} instead of {code}: {e.details()}"
        return e
    raise AssertionError(f"no error instead of {code}")


def call(address):
    channel = grpc.insecure_channel(address, options=(("grpc.max_send_message_length", -1),))
    codecs = dict(request_serializer=Request.SerializeToString, response_deserializer=Reply.FromString)
    path = f"/{NAME}.Echo/"
    one = channel.unary_unary(path + "Unary", **codecs)

    def unary_case():
        assert one(Request(text="grüße")).text == "grüße"

    def server_streaming():
        replies = channel.unary_stream(path + "Down", **codecs)(Request(text="d", count=100))
        assert [r.number for r in replies] == list(range(100))

    def client_streaming():
        reply = channel.stream_unary(path + "Up", **codecs)(iter([Request(text=t) for t in "abc"]))
        assert reply.text == "a,b,c"

    def bidirectional():
        requests = queue.Queue()
        replies = channel.stream_stream(path + "Both", **codecs)(iter(requests.get, None))
        for i in range(5):
            requests.put(Request(text=f"t{i}"))
            assert next(replies).number == i
        requests.put(None)
        assert list(replies) == []

    def metadata():
        sent = (("x-text", "plain text"), ("x-raw-bin", SECRET), ("x-raw-bin", b"\x07"))
        _, running = one.with_call(Request(text="meta"), metadata=sent)
        for received in (running.initial_metadata(), running.trailing_metadata()):
            echoed = [tuple(m) for m in received if m[0].startswith("x-")]
            assert sorted(echoed) == sorted(sent), echoed

    def error_status():
        e = fails_with(grpc.StatusCode.FAILED_PRECONDITION, lambda: one(Request(text="fail:9:nicht möglich: 100 %")))
        assert e.details() == "nicht möglich: 100 %", e.details()
        assert ("why-bin", SECRET) in [tuple(m) for m in e.trailing_metadata()]

    def deadline():
        fails_with(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: one(Request(text="hang"), timeout=0.3))

    def cancel():
        running = one.future(Request(text="hang"))
        threading.Timer(0.1, running.cancel).start()
        try:
            running.result()
            raise AssertionError("not cancelled")
        except grpc.FutureCancelledError:
            pass

    def gzip():
        payload = b"a" * 200_000
        assert one(Request(payload=payload), compression=grpc.Compression.Gzip).payload == payload

    def deflate_is_refused():
        e = fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: one(Request(payload=b"a" * 1000), compression=grpc.Compression.Deflate))
        assert "deflate" in e.details(), e.details()

    def unknown_method():
        fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: channel.unary_unary(path + "Nothing", **codecs)(Request()))

    def too_large():
        fails_with(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: one(Request(payload=bytes(5 * 1024 * 1024))))

    for case in (unary_case, server_streaming, client_streaming, bidirectional, metadata, error_status, deadline, cancel, gzip,
                 deflate_is_refused, unknown_method, too_large):
        case()
        print(f"ok {case.__name__}", flush=True)
    channel.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        call(sys.argv[2])
