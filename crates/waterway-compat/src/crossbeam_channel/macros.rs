//! `select!` and `select_biased!`.

/// Waits for one of several operations, and goes on with what belongs to it.
///
/// ```text
/// select! {
///     recv(receiver) -> pattern => expression,
///     send(sender, message) -> pattern => { … }
///     default => expression,                        // optional, or
///     default(duration) => expression,              // optional
/// }
/// ```
///
/// - A receive comes to `Result<T, RecvError>`, a send to `Result<(), SendError<T>>`. A `message` is made only if its
///   send was selected.
/// - Of several that are ready any is taken; [`select_biased!`](crate::crossbeam_channel::select_biased) takes the first.
/// - `default` is done if none can happen at once, or none could for so long.
/// - An expression may `break`, `continue` and `return`; the handles are free again before it begins.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use waterway_compat::crossbeam_channel::{bounded, select};
///
/// let (numbers, counted) = bounded(1);
/// let (words, heard) = bounded(1);
/// numbers.send(1).unwrap();
/// for _ in 0..2 {
///     select! {
///         recv(counted) -> number => assert_eq!(number, Ok(1)),
///         send(words, "hello") -> sent => sent.unwrap(),
///         default(Duration::from_secs(60)) => panic!("one of them can happen"),
///     }
/// }
/// assert_eq!(heard.recv(), Ok("hello"));
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __crossbeam_select {
    ($($cases:tt)*) => { $crate::__crossbeam_select_cases!(new $($cases)*) };
}

/// [`select!`](crate::crossbeam_channel::select) in which, of several operations that are ready, the first is taken.
#[doc(hidden)]
#[macro_export]
macro_rules! __crossbeam_select_biased {
    ($($cases:tt)*) => { $crate::__crossbeam_select_cases!(new_biased $($cases)*) };
}

/// Reads the cases one by one; binds each handle, in a `match`, so that a temporary lives as long as the select; then
/// waits. Read is `(case (arguments) (pattern) { body })`, and bound `(operation handle index (message) pattern body)`:
/// the names differ from one call of the macro to the next.
#[doc(hidden)]
#[macro_export]
macro_rules! __crossbeam_select_cases {
    // All are read.
    ($new:ident @list [$($done:tt)*]) => {
        $crate::__crossbeam_select_cases!($new @bind [$($done)*] [] [])
    };
    ($new:ident @list $done:tt default => $($rest:tt)*) => {
        $crate::__crossbeam_select_cases!($new @list $done default() => $($rest)*)
    };
    ($new:ident @list $done:tt default $(($($arguments:tt)*))? -> $($rest:tt)*) => {
        ::core::compile_error!("expected `=>` after `default` case, found `->`")
    };
    ($new:ident @list $done:tt recv($($arguments:tt)*) => $($rest:tt)*) => {
        ::core::compile_error!("expected `->` after `recv` case, found `=>`")
    };
    ($new:ident @list $done:tt send($($arguments:tt)*) => $($rest:tt)*) => {
        ::core::compile_error!("expected `->` after `send` operation, found `=>`")
    };
    // The body is a block, with a comma or without, or an expression that ends with a comma, but for the last.
    ($new:ident @list [$($done:tt)*]
        $case:ident ($($arguments:tt)*) $(-> $pattern:pat)? => { $($body:tt)* }, $($rest:tt)*
    ) => {
        $crate::__crossbeam_select_cases!($new @list
            [$($done)* ($case ($($arguments)*) ($($pattern)?) { $($body)* })] $($rest)*
        )
    };
    ($new:ident @list [$($done:tt)*]
        $case:ident ($($arguments:tt)*) $(-> $pattern:pat)? => $body:expr, $($rest:tt)*
    ) => {
        $crate::__crossbeam_select_cases!($new @list
            [$($done)* ($case ($($arguments)*) ($($pattern)?) { $body })] $($rest)*
        )
    };
    ($new:ident @list [$($done:tt)*]
        $case:ident ($($arguments:tt)*) $(-> $pattern:pat)? => { $($body:tt)* } $($rest:tt)*
    ) => {
        $crate::__crossbeam_select_cases!($new @list
            [$($done)* ($case ($($arguments)*) ($($pattern)?) { $($body)* })] $($rest)*
        )
    };
    ($new:ident @list [$($done:tt)*]
        $case:ident ($($arguments:tt)*) $(-> $pattern:pat)? => $body:expr
    ) => {
        $crate::__crossbeam_select_cases!($new @list
            [$($done)* ($case ($($arguments)*) ($($pattern)?) { $body })]
        )
    };
    ($new:ident @list $done:tt $case:ident ($($arguments:tt)*) $(-> $pattern:pat)? => $($rest:tt)*) => {
        ::core::compile_error!("expected an expression after `=>`, and a comma behind it")
    };
    ($new:ident @list $done:tt recv $($rest:tt)*) => {
        ::core::compile_error!("a receive is `recv(receiver) -> pattern => expression`")
    };
    ($new:ident @list $done:tt send $($rest:tt)*) => {
        ::core::compile_error!("a send is `send(sender, message) -> pattern => expression`")
    };
    ($new:ident @list $done:tt $other:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "expected one of `recv`, `send`, or `default`, found `",
            ::core::stringify!($other),
            "`",
        ))
    };

    // Binds the handles.
    ($new:ident @bind [(recv ($receiver:expr $(,)?) ($pattern:pat) $body:tt) $($cases:tt)*]
        [$($bound:tt)*] $default:tt
    ) => {
        match $receiver {
            ref handle => {
                let handle: &$crate::crossbeam_channel::Receiver<_> = handle;
                $crate::__crossbeam_select_cases!($new @bind
                    [$($cases)*] [$($bound)* (recv handle index () $pattern, $body)] $default
                )
            }
        }
    };
    ($new:ident @bind [(send ($sender:expr, $message:expr $(,)?) ($pattern:pat) $body:tt) $($cases:tt)*]
        [$($bound:tt)*] $default:tt
    ) => {
        match $sender {
            ref handle => {
                let handle: &$crate::crossbeam_channel::Sender<_> = handle;
                $crate::__crossbeam_select_cases!($new @bind
                    [$($cases)*] [$($bound)* (send handle index ($message) $pattern, $body)] $default
                )
            }
        }
    };
    ($new:ident @bind [(default () () $body:tt) $($cases:tt)*] $bound:tt []) => {
        $crate::__crossbeam_select_cases!($new @bind [$($cases)*] $bound [(now) $body])
    };
    ($new:ident @bind [(default ($timeout:expr $(,)?) () $body:tt) $($cases:tt)*] $bound:tt []) => {
        $crate::__crossbeam_select_cases!($new @bind [$($cases)*] $bound [(in $timeout) $body])
    };
    ($new:ident @bind [(default $arguments:tt () $body:tt) $($cases:tt)*] $bound:tt [$($default:tt)+]) => {
        ::core::compile_error!("there can be only one `default` case in a `select!` block")
    };
    ($new:ident @bind [($case:ident ($($arguments:tt)*) $pattern:tt $body:tt) $($cases:tt)*] $bound:tt $default:tt) => {
        ::core::compile_error!(::core::concat!(
            "invalid `",
            ::core::stringify!($case),
            "` case, or argument list in it: `",
            ::core::stringify!($($arguments)*),
            "`",
        ))
    };

    // The wait, and what follows.
    ($new:ident @bind [] [$(($operation:ident $handle:ident $index:ident $message:tt $pattern:pat, $body:tt))*]
        $default:tt
    ) => {{
        #[allow(unused_mut, reason = "there may be no case to add")]
        let mut select = $crate::crossbeam_channel::Select::$new();
        $(let $index = select.$operation($handle);)*
        let selected = $crate::__crossbeam_select_cases!($new @wait select $default);
        // From here on nothing is borrowed: an expression may move the handles.
        match selected.map($crate::crossbeam_channel::__detach) {
            ::core::option::Option::Some(selected) => {
                $crate::__crossbeam_select_cases!($new @complete selected
                    $(($operation $handle $index $message $pattern, $body))*
                )
            }
            ::core::option::Option::None => $crate::__crossbeam_select_cases!($new @else $default),
        }
    }};
    ($new:ident @wait $select:ident []) => { ::core::option::Option::Some($select.select()) };
    ($new:ident @wait $select:ident [(now) $body:tt]) => {
        ::core::result::Result::ok($select.try_select())
    };
    ($new:ident @wait $select:ident [(in $timeout:expr) $body:tt]) => {
        ::core::result::Result::ok($select.select_timeout($timeout))
    };
    ($new:ident @else []) => { ::core::unreachable!("it waits for ever") };
    ($new:ident @else [$when:tt $body:block]) => { $body };

    ($new:ident @complete $selected:ident
        (recv $handle:ident $index:ident () $pattern:pat, $body:block) $($rest:tt)*
    ) => {
        if $selected.index() == $index {
            let $pattern = $selected.by_receiver($handle).recv($handle);
            $body
        } else {
            $crate::__crossbeam_select_cases!($new @complete $selected $($rest)*)
        }
    };
    ($new:ident @complete $selected:ident
        (send $handle:ident $index:ident ($message:expr) $pattern:pat, $body:block) $($rest:tt)*
    ) => {
        if $selected.index() == $index {
            let $pattern = $selected.by_sender($handle).send($handle, $message);
            $body
        } else {
            $crate::__crossbeam_select_cases!($new @complete $selected $($rest)*)
        }
    };
    ($new:ident @complete $selected:ident) => {
        ::core::unreachable!("one of the operations was selected")
    };

    // The first case.
    ($new:ident) => { ::core::compile_error!("empty `select!` block") };
    ($new:ident $($cases:tt)+) => { $crate::__crossbeam_select_cases!($new @list [] $($cases)+) };
}
