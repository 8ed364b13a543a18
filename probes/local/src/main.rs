//! waterway in one thread: every form of a local channel, between tasks that are polled by hand. The
//! program is there to be looked at as well as to be run: none of its instructions may be an atomic
//! read-modify-write, or a barrier. So its wakers count by cells.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | every message arrived, once, and the end after the last |
//! | 1 to 4 | not so on the channel of this number |
//! | 5 | not so with the verbs that the others do not use |
//! | 6 | memory did not come back |
//! | 101 | a panic, also that of the executor when all tasks sleep and nobody will wake them |

#![no_std]
#![no_main]

extern crate alloc;

mod executor;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use executor::{Task, run_all};
use ground as _;
use waterway::local::{self, Receiver, Sender};

/// How many each sender sends.
const COUNT: u32 = 300;

/// What tells that something did not go as it should.
type Broken = Rc<Cell<bool>>;

/// Sends by every way there is.
async fn send_all(sender: Sender<u32>, first: u32, broken: Broken) {
    for message in first..first + COUNT {
        // A rendezvous has no room to reserve, or to displace from.
        let ways = if sender.capacity() == Some(0) { 3 } else { 6 };
        let sent = match message % ways {
            0 => sender.send(message).await.is_ok(),
            1 => sender.send_many([message]).await.is_ok(),
            2 => match sender.try_send(message) {
                Ok(()) => true,
                Err(back) => sender.send(back.into_inner()).await.is_ok(),
            },
            3 => match sender.reserve().await {
                Ok(permit) => permit.send(message).is_ok(),
                Err(_) => false,
            },
            4 => match sender.clone().reserve_owned().await {
                Ok(permit) => permit.send(message).0.is_ok(),
                Err(_) => false,
            },
            _ => match sender.force_send(message) {
                Ok(None) => true,
                Ok(Some(displaced)) => sender.send(displaced).await.is_ok(),
                Err(back) => sender.send(back.into_inner()).await.is_ok(),
            },
        };
        if !sent {
            broken.set(true);
        }
    }
    let weak = sender.downgrade();
    if sender.flush().await.is_err() || weak.upgrade().is_none() {
        broken.set(true);
    }
}

/// Receives by every way there is.
async fn receive_all(receiver: Receiver<u32>, got: Rc<RefCell<Vec<u32>>>) {
    let mut turn = 0;
    let mut receiver = receiver;
    loop {
        turn += 1;
        let message = match turn % 6 {
            0 => receiver.recv().await,
            1 => {
                let (message, back) = receiver.recv_owned().await;
                receiver = back;
                message
            }
            2 => {
                let mut stream = receiver.stream();
                core::future::poll_fn(|context| stream.poll_recv(context)).await
            }
            3 => {
                // Given up at once, if nothing is there.
                match receiver.recv().until(async {}).await {
                    Ok(message) => Some(message),
                    Err(error) if error.is_timeout() => continue,
                    Err(_) => None,
                }
            }
            4 => {
                let mut some = Vec::new();
                let count = receiver.recv_many(&mut some, 3).await;
                got.borrow_mut().append(&mut some);
                match count {
                    Some(_) => continue,
                    None => None,
                }
            }
            _ => {
                let drained: Vec<u32> = receiver.drain().collect();
                got.borrow_mut().extend(drained);
                receiver.try_recv().ok()
            }
        };
        match message {
            Some(message) => got.borrow_mut().push(message),
            // All ways but the last say so only at the end.
            None if turn % 6 == 5 => {}
            None => break,
        }
    }
}

/// The verbs that are left, in a channel with room for two, and its end.
async fn do_the_rest(sender: Sender<u32>, receiver: Receiver<u32>, broken: Broken) {
    let (sent, sender) = sender.send_owned(1).await;
    let mut fine = sent.is_ok();
    fine &= sender
        .try_reserve()
        .is_ok_and(|permit| permit.send(2).is_ok());
    fine &= sender.try_reserve_many(1).is_err();
    fine &= receiver.try_iter().eq(1..3);
    if let Ok(permits) = sender.reserve_many(2).await {
        fine &= (3..)
            .zip(permits)
            .all(|(message, permit)| permit.send(message).is_ok());
    }
    let Err(back) = sender.try_reserve_owned() else {
        return broken.set(true);
    };
    let sender = back.into_inner();
    // Given up while it waits.
    fine &= sender.send(5).until(async {}).await.is_err();
    let mut stream = receiver
        .downgrade()
        .upgrade()
        .expect("one lives")
        .into_stream();
    fine &= core::future::poll_fn(|context| stream.poll_recv(context)).await == Some(3);
    drop(stream);
    drop(receiver.new_sender());
    fine &= (sender.len(), sender.is_full(), sender.weak_count()) == (1, false, 0);
    receiver.close();
    sender.closed().await;
    fine &= receiver.recv().await == Some(4) && receiver.recv().await.is_none();
    if !fine {
        broken.set(true);
    }
}

fn works(sender: Sender<u32>, receiver: Receiver<u32>) -> bool {
    let got = Rc::new(RefCell::new(Vec::new()));
    let broken: Broken = Rc::new(Cell::new(false));
    let tasks: [Task; 4] = [
        Box::pin(receive_all(receiver.clone(), got.clone())),
        Box::pin(send_all(sender.clone(), 0, broken.clone())),
        Box::pin(receive_all(receiver.clone(), got.clone())),
        Box::pin(send_all(sender.clone(), COUNT, broken.clone())),
    ];
    drop((sender, receiver));
    run_all(tasks);
    let mut got = got.take();
    got.sort_unstable();
    got.into_iter().eq(0..2 * COUNT) && !broken.get()
}

#[unsafe(no_mangle)]
extern "C" fn program() -> u8 {
    let channels = [
        local::rendezvous(),
        local::bounded(1),
        local::bounded(5),
        local::unbounded(),
    ];
    for (number, (sender, receiver)) in (1..).zip(channels) {
        if !works(sender, receiver) {
            return number;
        }
    }
    let (sender, receiver) = local::bounded(2);
    let broken: Broken = Rc::new(Cell::new(false));
    run_all([Box::pin(do_the_rest(sender, receiver, broken.clone()))]);
    if broken.get() {
        return 5;
    }
    drop(broken);
    if arena::in_use() == 0 { 0 } else { 6 }
}
