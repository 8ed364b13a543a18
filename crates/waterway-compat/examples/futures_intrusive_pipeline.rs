//! A pipeline of three stages in one task, over channels on its stack: numbers, their squares, and the sum of those. Nothing
//! is allocated for it. The last stage calls it off when it has enough.

#[cfg(feature = "original")]
use futures_intrusive::channel::{LocalChannel, LocalOneshotChannel};
#[cfg(not(feature = "original"))]
use waterway_compat::futures_intrusive::channel::{LocalChannel, LocalOneshotChannel};

use futures_util::StreamExt;
use futures_util::future::{Either, join3, select};
use std::pin::pin;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let numbers = LocalChannel::<u64, [u64; 2]>::new();
    let squares = LocalChannel::<u64, [u64; 2]>::new();
    let enough = LocalOneshotChannel::<&str>::new();

    let count = async {
        let mut called_off = pin!(enough.receive());
        let mut sent = 0;
        loop {
            match select(pin!(numbers.send(sent + 1)), called_off.as_mut()).await {
                Either::Left((Ok(()), _)) => sent += 1,
                Either::Left((Err(_), _)) => break,
                Either::Right((why, _)) => {
                    println!("called off: {}", why.unwrap_or("nobody listens"));
                    break;
                }
            }
        }
        numbers.close();
    };
    let square = async {
        let mut numbers = pin!(numbers.stream());
        while let Some(number) = numbers.next().await {
            if squares.send(number * number).await.is_err() {
                break;
            }
        }
        squares.close();
    };
    let add = async {
        let mut sum = 0;
        while sum <= 1000 {
            let Some(square) = squares.receive().await else {
                break;
            };
            sum += square;
            println!("{square} makes {sum}");
        }
        enough.send("the sum is large").unwrap();
        assert!(enough.close().is_already_closed());
        // Who still has something to send is told.
        squares.close();
        sum
    };
    let ((), (), sum) = join3(count, square, add).await;
    println!("in the end: {sum}");
}
