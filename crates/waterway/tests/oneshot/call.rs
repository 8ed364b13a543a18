//! N19: requests and replies, on top of channels of every kind.

use std::future::ready;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use futures_core::FusedFuture;
use waterway::oneshot::{Call, Pool, Request};
use waterway::{
    Closed, ManyThreads, Receive, SendError, SendTimeoutError, Timeout, Transmit, TrySendError,
    Wait, local, mpmc, mpsc, spsc,
};

use crate::LIMIT;
use crate::support::memory::growth;
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop, watchdog};

const MOMENT: Duration = Duration::from_millis(2);

/// A thread answers, two ask in turn.
fn asked<S, V>(ends: (S, V))
where
    S: Transmit<Call<u64, u64>, Kind: ManyThreads> + Send,
    V: Receive<Call<u64, u64>, Kind: ManyThreads> + Send,
{
    let (mut requests, mut inbox) = ends;
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Some(call) = inbox.recv().wait() {
                let Call { request, reply } = call;
                if request == 13 {
                    continue;
                }
                reply.send(request * 2).expect("it is waited for");
            }
        });
        let pool = Pool::new(1);
        for number in 0..20 {
            let expected = if number == 13 {
                Err(SendError(None))
            } else {
                Ok(number * 2)
            };
            assert_eq!(requests.request(number).wait(), expected);
            assert_eq!(requests.request_by(&pool, number).wait(), expected);
            assert_eq!(block_on(requests.request(number)), expected);
        }
        drop(requests);
    });
}

#[test]
fn n19_every_kind_carries_requests() {
    watchdog("requests", LIMIT, || {
        asked(mpsc::bounded(1));
        asked(mpsc::rendezvous());
        asked(mpsc::unbounded());
        asked(mpmc::bounded(2));
        asked(mpmc::rendezvous());
        asked(spsc::bounded(1));
        asked(spsc::unbounded());
        let borrowed = mpmc::Channel::<_, 2>::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                let call: Call<u64, u64> = borrowed.recv().wait().unwrap();
                call.answer(|number| number + 1).unwrap();
            });
            assert_eq!((&borrowed).request(1).wait(), Ok(2));
        });
    });
    let (mut requests, inbox) = local::bounded(1);
    let mut request = pin!(requests.request(1));
    assert!(poll_noop(request.as_mut()).is_pending());
    let call: Call<u32, u32> = inbox.try_recv().unwrap();
    call.answer(|number| number + 1).unwrap();
    assert_eq!(assert_ready(request, std::task::Waker::noop()), Ok(2));
}

/// Who asked goes: the responder sees it, and is told if it waits for that.
#[test]
fn n19_the_requester_goes() {
    let probe = Probe::new();
    let (mut requests, mut inbox) = mpsc::bounded::<Call<u8, u8>>(1);
    let mut request = Box::pin(requests.request(1));
    assert!(poll_noop(request.as_mut()).is_pending());
    let mut call = inbox.try_recv().unwrap();
    assert!(!call.reply.is_closed());
    {
        let mut closed = pin!(call.reply.closed());
        assert_pending(closed.as_mut(), &probe.waker());
        drop(request);
        assert_eq!(probe.wakes(), 1);
        assert_ready(closed, &probe.waker());
    }
    assert_eq!(call.answer(|number| number), Err(SendError(1)));
    // By a cancellation, too, and when the time is up.
    let mut request = Box::pin(requests.request(2));
    assert!(poll_noop(request.as_mut()).is_pending());
    assert_eq!(request.as_mut().cancel(), None);
    assert!(request.is_terminated());
    assert!(inbox.try_recv().unwrap().reply.is_closed());
    drop(request);
    let ended = requests.request(3).wait_timeout(MOMENT);
    assert_eq!(ended, Err(SendTimeoutError::Timeout(None)));
    assert!(inbox.try_recv().unwrap().reply.is_closed());
    let ended = block_on(requests.request(4).until(ready(())));
    assert_eq!(ended, Err(SendTimeoutError::Timeout(None)));
    assert!(inbox.try_recv().unwrap().reply.is_closed());
}

/// Who is to answer goes: with the request in hand, and with requests that nobody has taken (B6).
#[test]
fn n19_the_responder_goes() {
    let probe = Probe::new();
    let (mut requests, mut inbox) = mpmc::bounded::<Call<u8, u8>>(2);
    let mut others = requests.clone();
    let mut first = pin!(requests.request(1));
    assert_pending(first.as_mut(), &probe.waker());
    let mut second = pin!(others.request(2));
    assert_pending(second.as_mut(), &probe.waker());
    let Call { request, reply } = Receive::try_recv(&mut inbox).unwrap();
    assert_eq!(request, 1);
    drop(reply);
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(first, &probe.waker()), Err(SendError(None)));
    drop(inbox);
    assert_eq!(probe.wakes(), 2);
    assert_eq!(assert_ready(second, &probe.waker()), Err(SendError(None)));
}

/// A request that was not sent comes back.
#[test]
fn n19_a_request_comes_back() {
    let ledger = Ledger::new();
    comes_back(ledger);
    ledger.assert_all_dropped();
}

fn comes_back(ledger: Ledger) {
    let (mut requests, inbox) = mpsc::bounded::<Call<_, ()>>(1);
    let answer = requests.try_request(ledger.make(0)).unwrap();
    let Err(TrySendError::Full(back)) = requests.try_request(ledger.make(1)) else {
        panic!("there is no room");
    };
    assert_eq!(back, 1);
    let Err(SendTimeoutError::Timeout(Some(back))) =
        requests.request(ledger.make(2)).wait_timeout(MOMENT)
    else {
        panic!("there is no room");
    };
    assert_eq!(back, 2);
    let mut request = Box::pin(requests.request(ledger.make(3)));
    assert!(poll_noop(request.as_mut()).is_pending());
    assert_eq!(request.as_mut().cancel().unwrap(), 3);
    drop(request);
    let mut request = Box::pin(requests.request(ledger.make(4)));
    assert!(poll_noop(request.as_mut()).is_pending());
    drop(inbox);
    let Err(SendError(Some(back))) = block_on(request) else {
        panic!("nobody is there");
    };
    assert_eq!(back, 4);
    assert_eq!(answer.wait(), Err(Closed));
    let Err(TrySendError::Closed(back)) = requests.try_request(ledger.make(5)) else {
        panic!("nobody is there");
    };
    assert_eq!(back, 5);
}

/// A pinned request is waited for in pieces, and keeps its place.
#[test]
fn n19_a_pinned_request_waits_on() {
    let (mut requests, mut inbox) = mpsc::bounded::<Call<u8, u8>>(1);
    let other = requests.clone();
    let (call, _answer) = Call::new(0);
    other.try_send(call).unwrap();
    let mut request = pin!(requests.request(1));
    assert_eq!(request.as_mut().wait_timeout(MOMENT), Err(Timeout));
    assert_eq!(inbox.try_recv().unwrap().request, 0);
    assert_eq!(request.as_mut().wait_timeout(MOMENT), Err(Timeout));
    let call = inbox.try_recv().unwrap();
    assert_eq!(request.as_mut().wait_timeout(MOMENT), Err(Timeout));
    call.answer(|number| number + 1).unwrap();
    assert_eq!(request.as_mut().wait_timeout(MOMENT), Ok(Ok(2)));
}

/// N19: with a pool neither a request nor its reply allocates.
#[test]
fn n19_requests_by_a_pool_allocate_nothing() {
    let pool = Pool::new(1);
    pool.prepare(1);
    let (mut requests, mut inbox) = mpsc::bounded::<Call<u64, u64>>(1);
    let ((), grown) = growth(|| {
        for number in 0..100 {
            let mut request = pin!(requests.request_by(&pool, number));
            assert!(poll_noop(request.as_mut()).is_pending());
            inbox
                .try_recv()
                .unwrap()
                .answer(|number| number + 1)
                .unwrap();
            assert_eq!(
                assert_ready(request, std::task::Waker::noop()),
                Ok(number + 1)
            );
        }
    });
    assert_eq!((grown.calls, grown.blocks), (0, 0));
}

/// By hand, with one channel for all answers of one requester.
#[test]
fn n19_one_channel_for_all_answers() {
    let (requests, mut inbox) = mpsc::bounded::<Call<u64, u64>>(1);
    let (mut reply, mut answer) = waterway::oneshot::channel();
    let ((), grown) = growth(|| {
        for request in 0..100 {
            requests.try_send(Call { request, reply }).unwrap();
            inbox
                .try_recv()
                .unwrap()
                .answer(|number| number + 1)
                .unwrap();
            assert_eq!(answer.recv().wait(), Ok(request + 1));
            reply = answer.try_reset().expect("it was answered");
        }
    });
    assert_eq!(grown.calls, 0);
}
