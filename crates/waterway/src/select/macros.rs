//! `select!` and `select_wait!`.

/// Waits for one of several operations, in a task, and goes on with what belongs to it.
///
/// ```text
/// select! {
///     biased;                                       // optional
///     pattern = operation => expression,
///     pattern = operation, if condition => { … }    // as many as 12
///     default => expression,                        // optional, or
///     else => expression,                           // optional
/// }
/// ```
///
/// - Exactly one of the operations happens, see [`select`](mod@crate::select). Any future may stand in the place of an
///   operation.
/// - An expression may `break`, `continue`, `return` and use `?` and `.await`. Before it begins the operations that did
///   not win are gone, so that it may use the handles that they borrowed.
/// - An operation with a condition that is false is not made.
/// - `default`: if none can happen at once, this is done instead of a wait.
/// - `else`: if what came does not fit the pattern of its arm, or no arm is enabled. Without it patterns must
///   fit whatever comes, and a wait without an arm panics.
/// - Which arm is looked at first changes, unless the macro begins with `biased;`.
///
/// # Panics
/// If no arm is enabled, and there is neither `default` nor `else`.
///
/// # Cancel safety
/// As for [`race`](crate::select::race).
///
/// # Examples
/// ```
/// use waterway::{mpsc, select};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (orders, mut ordered) = mpsc::bounded(4);
/// let (off, mut called_off) = mpsc::bounded::<()>(1);
/// orders.try_send(3).unwrap();
/// let mut sum = 0;
/// loop {
///     select! {
///         biased;
///         order = ordered.recv() => match order {
///             Some(order) => {
///                 sum += order;
///                 off.send(()).await.unwrap();
///             }
///             None => break,
///         },
///         _ = called_off.recv(), if sum > 0 => break,
///         _ = tokio::time::sleep(std::time::Duration::from_secs(60)) => panic!("nobody came"),
///     }
/// }
/// assert_eq!(sum, 3);
/// # }
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)+) => { $crate::__select!(@begin task $($arms)+) };
}

/// Waits for one of several operations, in a thread, and goes on with what belongs to it.
///
/// It reads as [`select!`](crate::select!), but for futures, which no thread can wait for; the points in time of
/// [`after`](crate::select::after), [`at`](crate::select::at) and [`tick`](crate::select::tick) are arms here. And
/// `default(duration) => …` is done if none of the others could happen for so long.
///
/// # Panics
/// If no arm is enabled, and there is neither `default` nor `else`.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway::{mpsc, select_wait};
///
/// let (sender, mut receiver) = mpsc::bounded(1);
/// let (echo, mut echoed) = mpsc::bounded(1);
/// sender.try_send(1).unwrap();
/// for _ in 0..2 {
///     select_wait! {
///         Some(number) = receiver.recv() => echo.try_send(number + 1).unwrap(),
///         Some(number) = echoed.recv() => assert_eq!(number, 2),
///         default(Duration::from_secs(60)) => panic!("nothing came"),
///         else => panic!("closed"),
///     }
/// }
/// ```
#[macro_export]
macro_rules! select_wait {
    ($($arms:tt)+) => { $crate::__select!(@begin thread $($arms)+) };
}

/// Reads the arms one by one, then writes the wait. What is read so far is
/// `mode biased [enum] [enums to come] [variants to come] [arms] [default] [else]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@begin $mode:ident biased; $($rest:tt)+) => {
        $crate::__select!(@start $mode true $($rest)+)
    };
    (@begin $mode:ident $($rest:tt)+) => {
        $crate::__select!(@start $mode false $($rest)+)
    };
    (@start $mode:ident $biased:literal $($rest:tt)+) => {
        $crate::__select!(@read $mode $biased []
            [Won1 Won2 Won3 Won4 Won5 Won6 Won7 Won8 Won9 Won10 Won11 Won12]
            [A B C D E F G H I J K L] [] [] [] $($rest)+)
    };

    // All are read. Without `else` the patterns have to take everything.
    (@read $mode:ident $biased:literal [$won:ident] $wons:tt $names:tt
        [$(($name:ident $pattern:pat, $operation:expr, $guard:expr, $then:expr))+] $default:tt []
    ) => {{
        let won = $crate::__select!(@race $mode $biased $default $(($operation, $guard))+);
        match won {
            $(::core::option::Option::Some($crate::select::$won::$name($pattern)) => $then,)+
            ::core::option::Option::None => $crate::__select!(@default $default),
        }
    }};
    (@read $mode:ident $biased:literal [$won:ident] $wons:tt $names:tt
        [$(($name:ident $pattern:pat, $operation:expr, $guard:expr, $then:expr))+] $default:tt [$else:expr]
    ) => {{
        let won = $crate::__select!(@race $mode $biased $default $(($operation, $guard))+);
        #[allow(unreachable_patterns)]
        match won {
            $(::core::option::Option::Some($crate::select::$won::$name($pattern)) => $then,)+
            other => $crate::__select!(@else other $default $else),
        }
    }};

    // Between two.
    (@read $mode:ident $biased:literal $won:tt $wons:tt $names:tt $arms:tt $default:tt $else:tt
        , $($rest:tt)*
    ) => {
        $crate::__select!(@read $mode $biased $won $wons $names $arms $default $else $($rest)*)
    };

    // default and else.
    (@read $mode:ident $biased:literal $won:tt $wons:tt $names:tt $arms:tt [] $else:tt
        default => $then:block $($rest:tt)*
    ) => {
        $crate::__select!(@read $mode $biased $won $wons $names $arms [(now) $then] $else $($rest)*)
    };
    (@read $mode:ident $biased:literal $won:tt $wons:tt $names:tt $arms:tt [] $else:tt
        default => $then:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@read $mode $biased $won $wons $names $arms [(now) $then] $else $($($rest)*)?)
    };
    (@read thread $biased:literal $won:tt $wons:tt $names:tt $arms:tt [] $else:tt
        default($duration:expr) => $then:block $($rest:tt)*
    ) => {
        $crate::__select!(
            @read thread $biased $won $wons $names $arms [(in $duration) $then] $else $($rest)*
        )
    };
    (@read thread $biased:literal $won:tt $wons:tt $names:tt $arms:tt [] $else:tt
        default($duration:expr) => $then:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(
            @read thread $biased $won $wons $names $arms [(in $duration) $then] $else $($($rest)*)?
        )
    };
    (@read $mode:ident $biased:literal $won:tt $wons:tt $names:tt $arms:tt $default:tt []
        else => $then:block $($rest:tt)*
    ) => {
        $crate::__select!(@read $mode $biased $won $wons $names $arms $default [$then] $($rest)*)
    };
    (@read $mode:ident $biased:literal $won:tt $wons:tt $names:tt $arms:tt $default:tt []
        else => $then:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@read $mode $biased $won $wons $names $arms $default [$then] $($($rest)*)?)
    };

    // An arm, with a condition or without one; its expression is a block, or ends with a comma.
    (@read $mode:ident $biased:literal $won:tt [$next:ident $($wons:ident)*] [$name:ident $($names:ident)*]
        [$($arms:tt)*] $default:tt $else:tt
        $pattern:pat = $operation:expr, if $guard:expr => $then:block $($rest:tt)*
    ) => {
        $crate::__select!(@read $mode $biased [$next] [$($wons)*] [$($names)*]
            [$($arms)* ($name $pattern, $operation, $guard, $then)] $default $else $($rest)*)
    };
    (@read $mode:ident $biased:literal $won:tt [$next:ident $($wons:ident)*] [$name:ident $($names:ident)*]
        [$($arms:tt)*] $default:tt $else:tt
        $pattern:pat = $operation:expr => $then:block $($rest:tt)*
    ) => {
        $crate::__select!(@read $mode $biased [$next] [$($wons)*] [$($names)*]
            [$($arms)* ($name $pattern, $operation, true, $then)] $default $else $($rest)*)
    };
    (@read $mode:ident $biased:literal $won:tt [$next:ident $($wons:ident)*] [$name:ident $($names:ident)*]
        [$($arms:tt)*] $default:tt $else:tt
        $pattern:pat = $operation:expr, if $guard:expr => $then:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@read $mode $biased [$next] [$($wons)*] [$($names)*]
            [$($arms)* ($name $pattern, $operation, $guard, $then)] $default $else $($($rest)*)?)
    };
    (@read $mode:ident $biased:literal $won:tt [$next:ident $($wons:ident)*] [$name:ident $($names:ident)*]
        [$($arms:tt)*] $default:tt $else:tt
        $pattern:pat = $operation:expr => $then:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(@read $mode $biased [$next] [$($wons)*] [$($names)*]
            [$($arms)* ($name $pattern, $operation, true, $then)] $default $else $($($rest)*)?)
    };
    (@read $mode:ident $biased:literal $won:tt [] $($rest:tt)*) => {
        ::core::compile_error!("there can be at most 12 arms; `race_all` takes any number")
    };
    (@read $($rest:tt)*) => {
        ::core::compile_error!(
            "an arm is `pattern = operation => expression`, or `pattern = operation, if condition => expression`"
        )
    };

    // The wait: which arm has won, or none.
    (@race $mode:ident $biased:literal $default:tt $(($operation:expr, $guard:expr))+) => {{
        #[allow(unused_imports)]
        use $crate::select::private::{FromFuture as _, FromOperation as _};
        let race = $crate::select::private::race_enabled(
            ($(
                if $guard {
                    ::core::option::Option::Some($crate::__select!(@arm $mode $operation))
                } else {
                    ::core::option::Option::None
                },
            )+),
            $biased,
        );
        $crate::__select!(@wait $mode race $default)
    }};
    (@arm task $operation:expr) => {
        $crate::select::private::Candidate(::core::option::Option::Some($operation)).into_arm()
    };
    (@arm thread $operation:expr) => { $operation };
    (@wait $mode:ident $race:ident [(now) $then:expr]) => { $race.now() };
    (@wait thread $race:ident [(in $duration:expr) $then:expr]) => {
        ::core::result::Result::ok($race.wait_timeout($duration))
    };
    (@wait $mode:ident $race:ident []) => {
        if $crate::select::private::is_empty(&$race) {
            ::core::option::Option::None
        } else {
            ::core::option::Option::Some($crate::__select!(@only $mode $race))
        }
    };
    (@only task $race:ident) => { $race.await };
    (@only thread $race:ident) => { $race.wait() };

    // None has.
    (@default []) => { ::core::panic!("no arm is enabled") };
    (@default [$how:tt $default:expr]) => { $default };
    (@else $won:ident [] $else:expr) => {{
        let _ = $won;
        $else
    }};
    (@else $won:ident [$how:tt $default:expr] $else:expr) => {
        match $won {
            ::core::option::Option::None => $default,
            ::core::option::Option::Some(_) => $else,
        }
    };
}
