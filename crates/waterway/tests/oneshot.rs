//! Oneshots: what each verb does, wherever the channel lies.
//!
//! The bugs that bit other crates' are in `pains/oneshot.rs`.

#![cfg(not(waterway_loom))]

mod support;

#[path = "oneshot/again.rs"]
mod again;
#[path = "oneshot/call.rs"]
mod call;
#[path = "oneshot/memory.rs"]
mod memory;
#[path = "oneshot/pool.rs"]
mod pool;
#[path = "oneshot/verbs.rs"]
mod verbs;
#[path = "oneshot/waits.rs"]
mod waits;

#[global_allocator]
static ALLOCATOR: support::memory::Counting = support::memory::Counting;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);

/// A test for each place in which a oneshot of payloads may lie.
macro_rules! everywhere {
    ($($(#[$doc:meta])* fn $name:ident($sender:ident, $receiver:ident, $ledger:ident) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "what some of the bodies need")]
            use super::*;

            #[test]
            fn on_the_heap() {
                let $ledger = crate::support::Ledger::new();
                {
                    #[allow(unused_mut, reason = "some bodies only look")]
                    let (mut $sender, mut $receiver) =
                        waterway::oneshot::channel::<crate::support::Tracked>();
                    $body
                }
                $ledger.assert_all_dropped();
            }

            #[test]
            fn in_a_static() {
                static CHANNEL: waterway::oneshot::Static<crate::support::Tracked> =
                    waterway::oneshot::Static::new();
                // The second time there is what the first has left.
                for _ in 0..2 {
                    let $ledger = crate::support::Ledger::new();
                    {
                        #[allow(unused_mut, reason = "some bodies only look")]
                        let (mut $sender, mut $receiver) = CHANNEL.split();
                        $body
                    }
                    $ledger.assert_all_dropped();
                }
                assert!(CHANNEL.try_split().is_some());
            }

            #[test]
            fn in_a_pool() {
                let pool = waterway::oneshot::Pool::<crate::support::Tracked>::new(1);
                for _ in 0..2 {
                    let $ledger = crate::support::Ledger::new();
                    {
                        #[allow(unused_mut, reason = "some bodies only look")]
                        let (mut $sender, mut $receiver) = pool.channel();
                        $body
                    }
                    $ledger.assert_all_dropped();
                    assert_eq!(pool.kept(), 1);
                }
            }

            #[test]
            fn borrowed() {
                let mut channel =
                    waterway::oneshot::Channel::<crate::support::Tracked>::new();
                for _ in 0..2 {
                    let $ledger = crate::support::Ledger::new();
                    {
                        #[allow(unused_mut, reason = "some bodies only look")]
                        let (mut $sender, mut $receiver) = channel.split();
                        $body
                    }
                    $ledger.assert_all_dropped();
                }
            }
        }
    )*};
}
pub(crate) use everywhere;
