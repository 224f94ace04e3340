//! Scenarios, played and judged.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use countersign_core::model::{ModelName, Provider};
use countersign_models::ModelSettings;

use crate::eval::{Asked, Meter, Report, Row, Transcript, play, read};

/// The folder of the demo company's scenarios.
const FOLDER: &str = "scenarios";

/// Which scenarios are played, and against which models.
#[derive(Debug, Args)]
pub(super) struct Eval {
    /// Files of scenarios, or folders of them.
    #[arg(value_name = "PATH", default_value = FOLDER)]
    paths: Vec<PathBuf>,
    /// Asks the models that the variable MODELS gives keys for, instead of the fake server: costs
    /// money.
    #[arg(long)]
    real: bool,
    /// The model that every agent asks, such as openai:gpt-4o-mini, in place of those of its file.
    #[arg(long, requires = "real")]
    model: Option<ModelName>,
    /// Prints one JSON document in place of the lines.
    #[arg(long)]
    json: bool,
    /// Prints what each conversation left on record, too.
    #[arg(long, conflicts_with = "json")]
    transcript: bool,
}

impl Eval {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let scenarios = read(&self.paths)?;
        let asked = self.asked().await?;
        let mut rows = Vec::new();
        for scenario in &scenarios {
            let outcome = play(scenario, &asked).await;
            let row = Row::new(scenario, &outcome);
            if !self.json {
                print!("{row}");
            }
            if self.transcript {
                print!("{}", Transcript(&outcome));
            }
            rows.push(row);
        }
        let report = Report::new(name(&asked), rows);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        match report.failed().as_slice() {
            [] => Ok(()),
            [one] => bail!("one scenario failed: {one}"),
            many => bail!("{} scenarios failed: {}", many.len(), many.join(", ")),
        }
    }

    /// The models that are asked. A setting that is wrong is said before anything is played.
    async fn asked(&self) -> anyhow::Result<Asked> {
        if !self.real {
            return Ok(Asked::Fake);
        }
        let models = std::env::var("MODELS").ok();
        let models = models.filter(|models| !models.trim().is_empty()).context(
            "--real asks the models of MODELS, which is not set; give it keys, such as \
             MODELS='{\"openai\": {\"key\": \"sk-…\"}}', or leave --real out",
        )?;
        Meter::before(&models).await?;
        Ok(Asked::Real {
            models,
            model: self.model.clone(),
        })
    }
}

/// What is asked, for people.
fn name(asked: &Asked) -> String {
    match asked {
        Asked::Fake => "the fake server".to_owned(),
        Asked::Real {
            model: Some(model), ..
        } => model.to_string(),
        Asked::Real { models, .. } => {
            let settings = ModelSettings::parse(Some(models)).unwrap_or_default();
            let names = Provider::ALL.into_iter().filter(|it| settings.has(*it));
            let names: Vec<&str> = names.map(Provider::name).collect();
            format!("the models of {}", names.join(", "))
        }
    }
}
