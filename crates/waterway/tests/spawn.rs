//! Operations on messages with a lifetime or a `dyn` in them, inside spawned tasks: a bound that
//! relates an operation's parts to its message makes the compiler refuse these as "not general
//! enough", although they are `Send`.

use waterway::mpsc;

type Message = (&'static str, Box<dyn Fn(&str) -> usize + Send>);

fn message() -> Message {
    ("a message", Box::new(str::len))
}

fn spawn<F: Future + Send + 'static>(_task: F) {}

#[test]
fn every_operation_can_be_awaited_in_a_spawned_task() {
    let (tx, mut rx) = mpsc::bounded::<Message>(1);
    let sender = || tx.clone();
    let tx = sender();
    spawn(async move { tx.send(message()).await.is_ok() });
    let tx = sender();
    spawn(async move {
        tx.send(message())
            .until(std::future::ready(()))
            .await
            .is_ok()
    });
    let tx = sender();
    spawn(async move { tx.send_owned(message()).await.0.is_ok() });
    let tx = sender();
    spawn(async move { tx.send_many([message(), message()]).await.is_ok() });
    let tx = sender();
    spawn(async move { tx.reserve().await.is_ok() });
    let tx = sender();
    spawn(async move { tx.reserve_many(1).await.is_ok() });
    let tx = sender();
    spawn(async move { tx.reserve_owned().await.is_ok() });
    let tx = sender();
    spawn(async move { tx.closed().await });
    let tx = sender();
    spawn(async move { tx.flush().await.is_ok() });
    spawn(async move {
        let mut buffer = Vec::new();
        rx.recv().await.is_some()
            && rx.recv().until(std::future::ready(())).await.is_ok()
            && rx.recv_many(&mut buffer, 2).await.is_some()
            && rx
                .peek()
                .await
                .is_some_and(|(text, length)| length(text) > 0)
            && rx.recv_owned().await.0.is_some()
    });
}
