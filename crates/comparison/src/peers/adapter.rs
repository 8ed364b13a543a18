//! What the adapters have in common, so that each states only how its crate differs.

/// One contestant: its role and name, then every flavour of its channel.
///
/// A flavour has the types of its ends, how many receivers it is entered with (`1..`, or `2..`
/// where the crate has another for one; where nothing is said it has one) or its class, if that is
/// not `Shared`, the capacities it can have with how each is made, and the ways it is entered in:
/// `blocks`, `awaits`, `polls`, `tries`. A way stands alone where the crate's methods have the usual
/// names and results, else with how it sends and how it receives.
///
/// A macro, for the types share no trait: it writes the calls that one would write by hand.
macro_rules! contestant {
    (
        $role:ident $name:literal $({ $once:expr })?;
        $(
            $seen:vis $flavour:ident($tx:ty, $rx:ty $(; $($of:tt)+)?) {
                open { $($capacity:pat $(, $senders:pat if $enough:expr)? => $open:expr),+ $(,)? }
                $($way:ident $({ $($ends:tt)+ })?)+
            }
        )+
    ) => {
        $(
            $seen struct $flavour;

            impl crate::contest::Channel for $flavour {
                type Tx = $tx;
                type Rx = $rx;

                #[allow(unused_variables, reason = "the patterns are those of `open`")]
                fn fits(capacity: crate::cells::Capacity, senders: usize) -> bool {
                    $(matches!(
                        (capacity, senders),
                        ($capacity $(, $senders)?, ..) $(if $enough)?
                    ))||+
                }

                fn open(capacity: crate::cells::Capacity, senders: usize) -> (Self::Tx, Self::Rx) {
                    match (capacity, senders) {
                        $(($capacity $(, $senders)?, ..) $(if $enough)? => $open,)+
                        #[allow(unreachable_patterns, reason = "some fit all capacities")]
                        _ => unreachable!("it does not fit"),
                    }
                }

                contestant!(@ends $($($of)+)?);
            }

            $(contestant!(@$way $flavour $($($ends)+)?);)+
        )+

        pub(super) fn enter(roster: &mut crate::contest::Roster) {
            $($once;)?
            $($(roster.$way::<$flavour>($name, crate::contest::Role::$role);)+)+
        }

        #[cfg(test)]
        #[test]
        fn exact() {
            $($(contestant!(@exact $way $flavour);)+)+
        }
    };

    (@ends $class:ident) => {
        const CLASS: crate::cells::Class = crate::cells::Class::$class;
    };
    (@ends $($least:literal ..)?) => {
        fn another(tx: &Self::Tx) -> Self::Tx {
            tx.clone()
        }

        $(
            const RECEIVERS: std::ops::RangeInclusive<usize> = $least..=usize::MAX;

            fn another_receiver(rx: &Self::Rx) -> Self::Rx {
                rx.clone()
            }
        )?
    };

    (@blocks $flavour:ident) => {
        contestant!(@blocks $flavour |tx, value| tx.send(value).is_ok(), |rx| rx.recv().ok());
    };
    (@blocks $flavour:ident |$tx:ident, $value:ident| $send:expr, |$rx:ident| $recv:expr) => {
        impl crate::contest::Blocking for $flavour {
            fn send($tx: &mut Self::Tx, $value: u64) -> bool {
                $send
            }

            fn recv($rx: &mut Self::Rx) -> Option<u64> {
                $recv
            }
        }
    };

    (@awaits $flavour:ident $($ends:tt)*) => {
        contestant!(@polled Awaited $flavour $($ends)*);
    };
    (@polls $flavour:ident $($ends:tt)*) => {
        contestant!(@polled Polled $flavour $($ends)*);
    };
    (@polled $how:ident $flavour:ident) => {
        contestant!(
            @polled $how $flavour |tx, value| tx.send(value).await.is_ok(), |rx| rx.recv().await.ok()
        );
    };
    (
        @polled $how:ident $flavour:ident
        |$tx:ident, $value:ident| $send:expr, |$rx:ident| $recv:expr
    ) => {
        impl crate::contest::$how for $flavour {
            async fn send($tx: &mut Self::Tx, $value: u64) -> bool {
                $send
            }

            async fn recv($rx: &mut Self::Rx) -> Option<u64> {
                $recv
            }
        }
    };

    (@tries $flavour:ident) => {
        contestant!(
            @tries $flavour |tx, value| tx.try_send(value).is_ok(), |rx| rx.try_recv().ok()
        );
    };
    (@tries $flavour:ident |$tx:ident, $value:ident| $send:expr, |$rx:ident| $recv:expr) => {
        impl crate::contest::Trying for $flavour {
            fn try_send($tx: &mut Self::Tx, $value: u64) -> bool {
                $send
            }

            fn try_recv($rx: &mut Self::Rx) -> Option<u64> {
                $recv
            }
        }
    };

    (@exact tries $flavour:ident) => {
        crate::peers::tests::assert_exact::<$flavour>();
    };
    // Whether it is exact is seen only by who need not wait.
    (@exact $way:ident $flavour:ident) => {};
}
