rule table:
    "Write one metric under one protocol, and its full matrix, in every format."
    input:
        scores=paths.SCORES,
    output:
        html=report(
            f"{paths.TABLE}.html",
            caption="../report/table.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={"table": "{metric}", "protocol": "{protocol}"},
        ),
        csv=f"{paths.TABLE}.csv",
        markdown=f"{paths.TABLE}.md",
        latex=f"{paths.TABLE}.tex",
        layout=f"{paths.TABLE}.json",
        matrix=report(
            f"{paths.MATRIX}.html",
            caption="../report/matrix.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={
                "table": "{metric}, every source and target",
                "protocol": "{protocol}",
            },
        ),
        matrix_formats=multiext(
            paths.MATRIX,
            ".csv",
            ".md",
            ".tex",
            ".json",
        ),
    log:
        log_of("table", "{benchmark}/{protocol}/{metric}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
        ceiling=CONTEXTS.ceiling,
    script:
        "../scripts/table.py"


rule effect:
    "Show how much of one benchmark's ranking is protocol, as a table and a figure."
    input:
        scores=paths.SCORES,
    output:
        html=report(
            f"{paths.PROTOCOLS_TABLE}.html",
            caption="../scripts/sambench/report/assets/protocols.rst",
            category="How much is protocol",
            subcategory="{benchmark}",
            labels={"what": "table", "protocol": "all"},
        ),
        csv=f"{paths.PROTOCOLS_TABLE}.csv",
        markdown=f"{paths.PROTOCOLS_TABLE}.md",
        latex=f"{paths.PROTOCOLS_TABLE}.tex",
        layout=f"{paths.PROTOCOLS_TABLE}.json",
        svg=report(
            f"{paths.FIGURES}/protocols.svg",
            caption="../scripts/sambench/report/assets/protocols.rst",
            category="How much is protocol",
            subcategory="{benchmark}",
            labels={"what": "figure", "protocol": "all"},
        ),
        png=f"{paths.FIGURES}/protocols.png",
    log:
        log_of("effect", "{benchmark}"),
    conda:
        "../../envs/tables.yaml"
    params:
        contexts=CONTEXTS.of_protocols,
    script:
        "../scripts/effect.py"


rule compare:
    "Put reproduced numbers beside those published under the same protocol."
    input:
        scores=paths.SCORES,
    output:
        html=report(
            f"{paths.COMPARISON}.html",
            caption="../report/compare.rst",
            category="Published numbers",
            subcategory="{benchmark}",
            labels={"table": "{metric}", "protocol": "{protocol}"},
        ),
        csv=f"{paths.COMPARISON}.csv",
        markdown=f"{paths.COMPARISON}.md",
        latex=f"{paths.COMPARISON}.tex",
        layout=f"{paths.COMPARISON}.json",
        agreement=f"{paths.COMPARISON}.agreement.json",
    log:
        log_of("compare", "{benchmark}/{protocol}/{metric}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
        numbers=lambda w: CONTEXTS.numbers_beside(w.benchmark, w.protocol, w.metric),
        departure=CONTEXTS.why_not_comparable,
    script:
        "../scripts/compare.py"


rule rank:
    "Rank the methods of one benchmark under one protocol, with the uncertainty."
    input:
        scores=paths.SCORES,
    output:
        ranks=report(
            f"{paths.RANKS}.csv",
            caption="../report/ranks.rst",
            category="Rankings",
            subcategory="{benchmark}",
            labels={"what": "ranks by Dice", "protocol": "{protocol}"},
        ),
        frequencies=f"{paths.RANKS}.frequencies.csv",
        suspects=f"{paths.RANKS}.suspects.csv",
        layout=f"{paths.RANKS}.json",
        stability=report(
            f"{paths.PROTOCOL_FIGURES}/stability.svg",
            caption="../scripts/sambench/report/assets/stability.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "how stable is the ranking", "protocol": "{protocol}"},
        ),
        critical_difference=report(
            f"{paths.PROTOCOL_FIGURES}/critical_difference.svg",
            caption="../scripts/sambench/report/assets/critical_difference.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "mean ranks over cases", "protocol": "{protocol}"},
        ),
        images=[
            f"{paths.PROTOCOL_FIGURES}/{figure}.png"
            for figure in ("stability", "critical_difference")
        ],
        pairs=report(
            f"{paths.RANKS}.pairs.csv",
            caption="../report/pairs.rst",
            category="Rankings",
            subcategory="{benchmark}",
            labels={"what": "pairs of methods", "protocol": "{protocol}"},
        ),
    log:
        log_of("rank", "{benchmark}/{protocol}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
    script:
        "../scripts/rank.py"
