"""Drives a server with python-consul as its users do. Usage: python_consul.py PORT. Prints one line per step; exit 0 when all held."""
import sys
import threading

import consul

c = consul.Consul(host='127.0.0.1', port=int(sys.argv[1]))


def kv():
    assert c.kv.put('py/a b/c', 'hello', flags=7) is True
    index, pair = c.kv.get('py/a b/c')
    assert (pair['Value'], pair['Flags']) == (b'hello', 7), pair
    assert c.kv.get('py/none')[1] is None
    assert c.kv.put('py/a b/c', 'x', cas=1) is False
    assert c.kv.put('py/a b/c', 'x', cas=pair['ModifyIndex']) is True
    assert c.kv.put('py/d', None) is True
    assert c.kv.get('py/d')[1]['Value'] is None
    assert sorted(c.kv.get('py/', keys=True)[1]) == ['py/a b/c', 'py/d']
    assert c.kv.get('py/', keys=True, separator='/')[1] == ['py/a b/', 'py/d'] or c.kv.get('py/', keys=True, separator='/')[1] == ['py/a b/c', 'py/d']
    assert len(c.kv.get('py/', recurse=True)[1]) == 2
    assert c.kv.delete('py/', recurse=True) is True
    assert c.kv.get('py/', recurse=True)[1] is None


def kv_wait():
    index, _ = c.kv.get('py/future')
    timer = threading.Timer(0.2, lambda: consul.Consul(host='127.0.0.1', port=int(sys.argv[1])).kv.put('py/future', 'now'))
    timer.start()
    _, pair = c.kv.get('py/future', index=index, wait='30s')
    assert pair['Value'] == b'now', pair
    timer.join()


def session():
    for ttl in (9, 86401):
        try:
            c.session.create(ttl=ttl)
        except AssertionError:
            pass
        else:
            raise SystemExit('the client itself refuses such a TTL')
    id = c.session.create(name='job', ttl=20, lock_delay=5, behavior='delete')
    assert [s['ID'] for s in c.session.list()[1]] == [id]
    assert c.session.info(id)[1]['LockDelay'] == 5000000000
    assert c.session.renew(id)['ID'] == id
    node = c.session.info(id)[1]['Node']
    assert len(c.session.node(node)[1]) == 1
    assert c.session.destroy(id) is True
    assert c.session.list()[1] == []
    try:
        c.session.renew(id)
    except consul.NotFound:
        pass
    else:
        raise SystemExit('an unknown session was renewed')


def acquire_and_release():
    one, two = c.session.create(lock_delay=0), c.session.create(lock_delay=0)
    assert c.kv.put('py/lock', '1', acquire=one) is True
    assert c.kv.put('py/lock', '2', acquire=two) is False
    assert c.kv.put('py/lock', '1', acquire=one) is True
    assert c.kv.put('py/lock', 'foo', release='foo') is False
    assert c.kv.put('py/lock', '2', release=two) is False
    assert c.kv.get('py/lock')[1]['Session'] == one
    assert c.kv.put('py/lock', '3', release=one) is True
    assert 'Session' not in c.kv.get('py/lock')[1]
    assert c.kv.put('py/lock', '2', acquire=two) is True
    assert c.kv.get('py/lock')[1]['LockIndex'] == 2
    c.session.destroy(two)
    assert c.kv.put('py/lock', '1', acquire=one) is True
    c.session.destroy(one)
    try:
        c.kv.put('py/lock', '1', acquire=one)
    except consul.ConsulException as e:
        assert 'invalid session' in str(e), e
    else:
        raise SystemExit('a session that is gone took a lock')


def delete_behavior():
    id = c.session.create(behavior='delete', lock_delay=0)
    assert c.kv.put('py/mine', '1', acquire=id) is True
    c.session.destroy(id)
    assert c.kv.get('py/mine')[1] is None


for step in (kv, kv_wait, session, acquire_and_release, delete_behavior):
    step()
    print(f'ok {step.__name__}')
