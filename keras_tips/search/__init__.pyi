from .config import load_config as load_config
from .engine import search as search
from .experiment_tuner import ExperimentTuner as ExperimentTuner
from .search_config import SearchConfig as SearchConfig
from .stored import load_curves as load_curves
from .stored import load_leaderboard as load_leaderboard
