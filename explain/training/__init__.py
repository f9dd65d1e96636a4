"""Weights learn: fine-tuning and distillation of lifted networks, in which zeros stay zero."""

from explain.training.fine_tuning import Trained, fine_tune
from explain.training.rows import learning_rows
from explain.training.trainee import Trainee

__all__ = ["Trained", "Trainee", "fine_tune", "learning_rows"]
