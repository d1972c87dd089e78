"""The KerasTuner tuner that trains experiments."""

import contextlib
import copy
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import keras
import keras_tuner

from keras_tips._base.arguments import nearest
from keras_tips._base.files import write_whole
from keras_tips.search.open_space import open_space
from keras_tips.search.plan import Plan
from keras_tips.search.seeded_oracle import SeededOracle, without_tracebacks
from keras_tips.search.state_files import StateFiles
from keras_tips.search.trial_recorder import TrialRecorder
from keras_tips.tips.experiments import build, train

__all__ = ["ExperimentTuner"]


class ExperimentTuner(keras_tuner.Tuner):
    """Random search whose trials are experiments: seeded by their names, recorded epoch by epoch, resumed after a kill.

    It is a KerasTuner tuner: `get_best_models`, `get_best_hyperparameters` and `results_summary` work as usual. Most people
    call `keras_tips.search.search`, which also checks, locks and writes what TensorBoard shows.

    Args:
        plan: turns points into experiments.
        files: where the search lives on disk. What is found there is resumed.
        ended: called with a trial's name when it has ended.
    """

    def __init__(self, plan: Plan, files: StateFiles, ended: Callable[[str], None] = lambda trial: None) -> None:
        self.plan = plan
        self.files = files
        self._ended = ended
        objective = plan.config.objective
        hyperparameters = keras_tuner.HyperParameters()
        open_space(plan.config, hyperparameters)
        settings = plan.config.search
        oracle = SeededOracle(
            keras_tuner.Objective(objective.name, objective.goal), settings.trials, hyperparameters, settings.seed
        )
        with contextlib.redirect_stdout(io.StringIO()):  # KerasTuner announces with print that it resumes.
            super().__init__(oracle, _PointModel(plan), directory=str(files.folder), project_name=files.project.name)

    def _populate_initial_space(self) -> None:
        """Nothing to explore: the config holds the whole space. KerasTuner would build models until it has seen all."""

    def save(self) -> None:
        """Writes the state in one piece."""
        if not self._is_worker():
            self.oracle.save()
        write_whole(self._get_tuner_fname(), json.dumps(self.get_state()))

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Trains what is left of the trials. Takes the arguments of `run_trial`."""
        with without_tracebacks():
            super().search(*fit_args, **fit_kwargs)

    def run_trial(
        self,
        trial: Any,
        data: tuple[Any, Any],
        validation_data: tuple[Any, Any] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        verbose: int | str = 0,
    ) -> dict[str, float]:
        """Trains one point.

        Returns:
            The objective of the best epoch, whose weights are stored.

        Raises:
            FailedTrialError: the objective was finite in no epoch.
            FatalValueError: the objective is nothing that this model logs.
        """
        keras.utils.clear_session()
        objective = self.plan.config.objective
        recorder = TrialRecorder(self.files.curve(trial.trial_id), objective.name, objective.goal)
        experiment = self._experiment(trial)
        model, _ = train(experiment, data, validation_data, [*copy.deepcopy(list(callbacks)), recorder], verbose)
        logged = set().union(*recorder.epochs)
        if objective.name not in logged:
            sentence = f"Invalid `objective.name`. Expected a metric that training logs. Received: {objective.name!r}."
            raise keras_tuner.errors.FatalValueError(f"{sentence} {nearest(objective.name, logged)}")
        if recorder.best is None:
            raise keras_tuner.errors.FailedTrialError(f"{objective.name} was finite in no epoch.")
        recorder.restore()
        model.save_weights(self._get_checkpoint_fname(trial.trial_id))
        return {objective.name: recorder.best}

    def on_trial_end(self, trial: Any) -> None:
        """Hands the result to the oracle, stores it, and tells who asked."""
        super().on_trial_end(trial)
        self._ended(trial.trial_id)

    def load_model(self, trial: Any) -> keras.Model:
        """Returns a trial's model with the weights of its best epoch."""
        model = build(self._experiment(trial))
        # KerasTuner leaves the optimizer unbuilt, so that its stored state is dropped with a warning.
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._get_checkpoint_fname(trial.trial_id))
        return model

    def _experiment(self, trial: Any) -> Any:
        return self.plan.experiment(open_space(self.plan.config, trial.hyperparameters), trial.trial_id)


class _PointModel(keras_tuner.HyperModel):
    """The model of a point, for people who use KerasTuner's own functions; trials train experiments."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan

    def build(self, hp: Any) -> keras.Model:
        """Returns the compiled model of the point at which `hp` stands."""
        return build(self.plan.experiment(open_space(self.plan.config, hp), "model"))
