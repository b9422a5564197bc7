//! Why a command could not be executed, with `docker run`'s exit status.

use std::io;

use super::error::RuntimeError;

/// Status of a command that was found but cannot be executed.
const CANNOT: i32 = 126;
/// Status of a command that was not found.
const NOT_FOUND: i32 = 127;

/// The line and the status for `program`, which the kernel refused with `failed`.
pub(super) fn exec_error(program: &str, failed: &io::Error) -> RuntimeError {
    let (why, code) = match failed.kind() {
        io::ErrorKind::NotFound if program.contains('/') => {
            ("no such file or directory".to_owned(), NOT_FOUND)
        }
        io::ErrorKind::NotFound => ("executable file not found in $PATH".to_owned(), NOT_FOUND),
        io::ErrorKind::PermissionDenied => ("permission denied".to_owned(), CANNOT),
        _ => (failed.to_string(), CANNOT),
    };
    RuntimeError::Exec { command: program.to_owned(), why, code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_docker_runs() {
        let code = |kind: io::ErrorKind| exec_error("x", &kind.into()).exit_code();
        assert_eq!(code(io::ErrorKind::NotFound), Some(127));
        assert_eq!(code(io::ErrorKind::PermissionDenied), Some(126));
        assert_eq!(code(io::ErrorKind::NotADirectory), Some(126));
    }
}
