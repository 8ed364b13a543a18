//! futures-channel, its `mpsc`: tasks. It adds a slot per sender to its buffer, so the buffer is
//! made smaller by the senders; with more senders than capacity there is no such channel.

use std::future::poll_fn;

use futures_channel::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded,
};
use futures_util::StreamExt;

use crate::cells::Capacity;

contestant! {
    Peer "futures";

    Bounded(Sender<u64>, Receiver<u64>) {
        open {
            Capacity::Bounded(bound), senders if bound >= senders => channel(bound - senders),
        }
        awaits {
            |tx, value| {
                // What `feed` does; `send` also waits until there is room again.
                let ready = poll_fn(|cx| tx.poll_ready(cx)).await;
                ready.is_ok() && tx.start_send(value).is_ok()
            },
            |rx| rx.next().await
        }
        tries
    }

    Unbounded(UnboundedSender<u64>, UnboundedReceiver<u64>) {
        open { Capacity::Unbounded => unbounded() }
        awaits { |tx, value| tx.unbounded_send(value).is_ok(), |rx| rx.next().await }
        tries { |tx, value| tx.unbounded_send(value).is_ok(), |rx| rx.try_recv().ok() }
    }
}
