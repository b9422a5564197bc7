//! How refusals go over HTTP: a status and a JSON [`Failure`], whatever went wrong.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

use super::types::Failure;
use crate::{daemon::Error, desired::Kind, store::StoreError};

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    failure: Failure,
}

impl Answer {
    /// A status with one line.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, failure: Failure { message: message.into(), exit_code: None } }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 403.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, Json(self.failure)).into_response()
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let status = status(&error);
        if status.is_server_error() {
            tracing::warn!(%error, "a request failed");
        }
        Self { status, failure: error.failure() }
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::BadRequest(_) | Error::NotExecuted { .. } => StatusCode::BAD_REQUEST,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::InTheWay(_) | Error::Store(StoreError::Conflict) => StatusCode::CONFLICT,
        Error::Refused(refusal) => match refusal.kind() {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
        },
        Error::Store(StoreError::Unreachable { .. } | StoreError::Replaced { .. }) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Store(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A JSON body; what is wrong with it is one line.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(bad_body(&rejection)),
        }
    }
}

/// 413 stays what it is; JSON of the wrong shape (422 in axum) is a bad request like any other.
fn bad_body(rejection: &JsonRejection) -> Answer {
    let status = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    Answer::new(status, rejection.body_text().replace('\n', " "))
}

/// The query; what is wrong with it is one line.
#[derive(Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        let bad = |r: QueryRejection| Answer::bad_request(r.body_text().replace('\n', " "));
        Query::from_request_parts(parts, state).await.map(|Query(q)| Self(q)).map_err(bad)
    }
}

/// The `{name}` of a path.
#[derive(Debug)]
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        let bad = |r: PathRejection| Answer::bad_request(r.body_text().replace('\n', " "));
        Path::from_request_parts(parts, state).await.map(|Path(name)| Self(name)).map_err(bad)
    }
}
