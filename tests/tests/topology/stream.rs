//! Long streams between containers, whose every byte is checked.

use causeway_tests::stream;
pub(crate) use causeway_tests::stream::MEBIBYTE;

use super::cast::Container;

/// Sends `blocks` from one container to another over TCP; every byte must arrive, in order.
pub(crate) fn transfer(from: &Container, to: &Container, port: u16, blocks: u64) {
    let listener = to.listener(port);
    stream::upload(from.connect((to.ip, port)), &listener, blocks).unwrap();
}
