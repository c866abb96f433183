//! x
use super::Outcome; use crate::error::Error;
pub fn verify(_a: &crate::cli::VerifyArgs) -> Result<Outcome, Error> { Ok(Outcome::default()) }
