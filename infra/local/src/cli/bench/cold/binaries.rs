//! Where the functions' binaries are.

use std::path::PathBuf;

use anyhow::{Context, bail};

/// What builds them, in one go: alone, the bare function would have its dependencies compiled again,
/// with fewer features.
const BUILD: &str = "cargo build --release -p ingress -p agent -p executor -p approvals \
                     -p outbound -p clock -p bare";

/// Folders that hold them.
#[derive(Debug)]
pub(super) struct Binaries(Folder);

#[derive(Debug)]
enum Folder {
    /// This one holds all.
    Given(PathBuf),
    /// Cargo's folder of everything that was built.
    Target(PathBuf),
}

impl Binaries {
    /// Those in `folder`, or else those that were built beside this program.
    ///
    /// # Errors
    /// When this program does not know where it is.
    pub(super) fn of(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(folder) = folder {
            return Ok(Self(Folder::Given(folder)));
        }
        let this = std::env::current_exe().context("say with --bin-dir where the binaries are")?;
        // This is target/PROFILE/countersign-local.
        let target = this.ancestors().nth(2);
        let target = target.context("say with --bin-dir where the binaries are")?;
        Ok(Self(Folder::Target(target.to_owned())))
    }

    /// A function's binary. What cargo-lambda built goes before what cargo built, because that is
    /// what is deployed.
    ///
    /// # Errors
    /// In one sentence that says how to build it, when there is none.
    pub(super) fn find(&self, function: &str) -> anyhow::Result<PathBuf> {
        let candidates = self.candidates(function);
        let Some(found) = candidates.iter().find(|path| path.is_file()) else {
            let looked: Vec<_> = candidates.iter().map(|path| path.display()).collect();
            let looked: Vec<String> = looked.iter().map(ToString::to_string).collect();
            bail!(
                "the release binary of {function} is not there ({}); build all with: {BUILD}",
                looked.join(", ")
            );
        };
        Ok(found.clone())
    }

    fn candidates(&self, function: &str) -> Vec<PathBuf> {
        match &self.0 {
            Folder::Given(folder) => vec![
                folder.join(function).join("bootstrap"),
                folder.join(function),
            ],
            Folder::Target(target) => vec![
                target.join("lambda").join(function).join("bootstrap"),
                target.join("release").join(function),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::cases::CASES, *};

    #[test]
    fn f5_what_is_deployed_goes_before_what_was_only_built() {
        let target = tempfile::tempdir().unwrap();
        let binaries = Binaries(Folder::Target(target.path().to_owned()));
        let error = binaries.find("ingress").unwrap_err().to_string();
        assert!(error.starts_with("the release binary of ingress is not there ("));
        assert!(error.ends_with(BUILD), "{error}");
        for path in ["release/ingress", "lambda/ingress/bootstrap"] {
            let path = target.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            assert_eq!(binaries.find("ingress").unwrap(), path);
        }
        assert!(binaries.find("agent").is_err());
    }

    #[test]
    fn f5_whoever_builds_as_told_has_every_binary() {
        let built: Vec<&str> = BUILD
            .split_whitespace()
            .skip_while(|word| *word != "-p")
            .filter(|word| *word != "-p")
            .collect();
        for case in CASES {
            assert!(built.contains(&case.function), "{}", case.function);
        }
    }

    #[test]
    fn f5_a_folder_that_is_given_is_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let binaries = Binaries::of(Some(folder.path().to_owned())).unwrap();
        assert!(binaries.find("clock").is_err());
        let built = folder.path().join("clock");
        fs::write(&built, "").unwrap();
        assert_eq!(binaries.find("clock").unwrap(), built);
    }
}
