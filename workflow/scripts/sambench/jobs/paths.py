"""Where everything lies below the folder of results: one pattern per kind of file.

Names in braces are wildcards; Snakemake replaces `<results>` (its `pathvars`).
"""

RESULTS = "<results>"

# --- data ---------------------------------------------------------------------------

ARCHIVE = "<results>/archives/{dataset}/{archive}"
DATA = "<results>/data/{dataset}"
INVENTORY = "<results>/inventory/{dataset}.csv"
FINDINGS = "<results>/inventory/{dataset}.findings.csv"
GROUP_INVENTORY = "<results>/inventory/{dataset}/{group}.csv"
GROUP_FINDINGS = "<results>/inventory/{dataset}/{group}.findings.csv"
FILES_RECORDS = "<results>/inventory/{dataset}/.files"
SPLIT = "<results>/splits/{benchmark}/{dataset}.csv"
PACKED = "<results>/packed/{benchmark}/{domain}"
SLICES = f"{PACKED}/slices.parquet"
TARGET_SLICES = SLICES.replace("{domain}", "{target}")
EMBEDDINGS = "<results>/embeddings/{benchmark}/{domain}/{network}.{backbone}.{side}.npy"

# --- runs ---------------------------------------------------------------------------

RUN = "{benchmark}/{method}/{source}/seed{seed}"
PAIR = f"{RUN}/{{checkpoint}}/{{target}}"
BACKBONE = "<results>/weights/{file}"
SMALL_SAM = "<results>/backbones/sam_nano.safetensors"
TRAINING = f"<results>/runs/{RUN}"
WEIGHTS = f"{TRAINING}/weights.safetensors"
CANDIDATES = f"{TRAINING}/candidates.safetensors"
HISTORY = f"{TRAINING}/history.csv"
RECORD = f"{TRAINING}/run.json"
CHOICE = f"{TRAINING}/checkpoints/{{checkpoint}}/{{chosen_on}}.csv"
PREDICTIONS = f"<results>/predictions/{PAIR}.npz"
PAIR_SCORES = f"<results>/scores/{PAIR}.parquet"

# --- other programs -----------------------------------------------------------------

PROGRAM = "<results>/external/{program}/{benchmark}"
PROGRAM_DATA = f"{PROGRAM}/{{source}}/data"
PROGRAM_IMAGES = f"{PROGRAM}/images/{{target}}"
PROGRAM_MASKS = f"{PROGRAM}/{{source}}/{{method}}/seed{{seed}}/masks/{{target}}"

# --- what is read -------------------------------------------------------------------

SCORES = "<results>/scores/{benchmark}.parquet"
TABLE = "<results>/tables/{benchmark}/{protocol}/{metric}"
MATRIX = "<results>/tables/{benchmark}/{protocol}/matrix/{metric}"
PROTOCOLS_TABLE = "<results>/tables/{benchmark}/protocols"
COMPARISON = "<results>/published/{benchmark}/{protocol}/{metric}"
RANKS = "<results>/ranks/{benchmark}/{protocol}"
FIGURES = "<results>/figures/{benchmark}"
PROTOCOL_FIGURES = f"{FIGURES}/{{protocol}}"
GALLERY = "<results>/report_cases/{benchmark}"
CONFIG = "<results>/config.yaml"
DOCUMENTS = "<results>/documents.json"
REPORT = "<results>/report.html"


def log_of(*names: str) -> str:
    """Return the pattern of the log of a rule: its name, and what the job is of."""
    return f"<results>/logs/{'/'.join(names)}.log"


def timing_of(*names: str) -> str:
    """Return the pattern of the time and memory that a job took, named alike."""
    return f"<results>/benchmarks/{'/'.join(names)}.tsv"
