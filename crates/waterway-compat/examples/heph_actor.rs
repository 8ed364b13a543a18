//! An account that is an actor: every order is answered by a oneshot. It falls over one of them, whose sender is told by
//! that, is started again on the same inbox, and goes on with the next.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

#[cfg(feature = "original")]
use heph_inbox::{Manager, Receiver, Sender, oneshot};
#[cfg(not(feature = "original"))]
use waterway_compat::heph_inbox::{Manager, Receiver, Sender, oneshot};

enum Order {
    Deposit(u64),
    Withdraw(u64),
}

/// An order, and where its answer goes: the new balance.
type Asked = (Order, oneshot::Sender<u64>);

async fn account(mut inbox: Receiver<Asked>, balance: &mut u64) {
    while let Some((order, answer)) = inbox.recv().await {
        *balance = match order {
            Order::Deposit(amount) => *balance + amount,
            Order::Withdraw(amount) => balance.checked_sub(amount).expect("an overdraft"),
        };
        // Who asked may be gone.
        let _ = answer.try_send(*balance);
    }
}

async fn ask(account: &Sender<Asked>, order: Order) -> Option<u64> {
    let (answer, balance) = oneshot::new_oneshot();
    account
        .send((order, answer))
        .await
        .ok()
        .expect("it is started again");
    balance.recv_once().await
}

fn main() {
    // The crash is part of the program.
    std::panic::set_hook(Box::new(|_| {}));
    let (manager, sender, receiver) = Manager::new_small_channel();
    let actor = thread::spawn(move || {
        let (mut balance, mut lives, mut next) = (0, 0, Some(receiver));
        while let Some(inbox) = next.take() {
            lives += 1;
            let life = catch_unwind(AssertUnwindSafe(|| block_on(account(inbox, &mut balance))));
            if life.is_err() {
                next = manager.new_receiver().ok();
            }
        }
        (balance, lives)
    });
    block_on(async {
        for amount in 1..=10 {
            let balance = ask(&sender, Order::Deposit(amount)).await;
            println!("{amount} in: {}", balance.expect("that cannot fail"));
        }
        for amount in [20, 1_000, 5] {
            match ask(&sender, Order::Withdraw(amount)).await {
                Some(balance) => println!("{amount} out: {balance}"),
                None => println!("{amount} out: no answer"),
            }
        }
    });
    drop(sender);
    let (balance, lives) = actor.join().unwrap();
    println!("at the end: {balance}, after {lives} lives");
}

/// The executor: it polls when it was woken.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
