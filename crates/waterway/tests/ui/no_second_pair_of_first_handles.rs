//@ error: E0308
//@ says: mismatched types
use waterway::{Ends, Receive, mpmc};

type Pair<R, T> = (
    <<R as Receive<T>>::Kind as Ends>::Sender<T>,
    <<R as Receive<T>>::Kind as Ends>::Receiver<T>,
);

/// The methods of a sealed trait are there for all who name one that rests on it. What they give must not
/// be good for anything.
fn first_handles_of<T, R: Receive<T>>(receiver: &R) -> Option<Pair<R, T>>
where
    R::Kind: Ends,
{
    let _chan = receiver.chan();
    #[cfg(bad)]
    return Some(<R::Kind as Ends>::ends(_chan));
    #[cfg(not(bad))]
    None
}

fn main() {
    let (_tx, rx) = mpmc::bounded::<String>(1);
    assert!(first_handles_of(&rx).is_none());
}
