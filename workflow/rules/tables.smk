rule table:
    "Write one metric under one protocol, and its full matrix, in every format."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        html=report(
            "<results>/tables/{benchmark}/{protocol}/{metric}.html",
            caption="../report/table.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={"table": "{metric}", "protocol": "{protocol}"},
        ),
        csv="<results>/tables/{benchmark}/{protocol}/{metric}.csv",
        markdown="<results>/tables/{benchmark}/{protocol}/{metric}.md",
        latex="<results>/tables/{benchmark}/{protocol}/{metric}.tex",
        layout="<results>/tables/{benchmark}/{protocol}/{metric}.json",
        matrix=report(
            "<results>/tables/{benchmark}/{protocol}/matrix/{metric}.html",
            caption="../report/matrix.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={
                "table": "{metric}, every source and target",
                "protocol": "{protocol}",
            },
        ),
        matrix_formats=multiext(
            "<results>/tables/{benchmark}/{protocol}/matrix/{metric}",
            ".csv",
            ".md",
            ".tex",
            ".json",
        ),
    log:
        "<results>/logs/table/{benchmark}/{protocol}/{metric}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
        ceiling=ceiling,
    script:
        "../scripts/table.py"


rule effect:
    "Show how much of one benchmark's ranking is protocol, as a table and a figure."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        html=report(
            "<results>/tables/{benchmark}/protocols.html",
            caption="../report/effect.rst",
            category="How much is protocol",
            subcategory="{benchmark}",
            labels={"what": "table", "protocol": "all"},
        ),
        csv="<results>/tables/{benchmark}/protocols.csv",
        markdown="<results>/tables/{benchmark}/protocols.md",
        latex="<results>/tables/{benchmark}/protocols.tex",
        layout="<results>/tables/{benchmark}/protocols.json",
        svg=report(
            "<results>/figures/{benchmark}/protocols.svg",
            caption="../report/effect.rst",
            category="How much is protocol",
            subcategory="{benchmark}",
            labels={"what": "figure", "protocol": "all"},
        ),
        png="<results>/figures/{benchmark}/protocols.png",
    log:
        "<results>/logs/effect/{benchmark}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        contexts=protocol_contexts,
    script:
        "../scripts/effect.py"


rule compare:
    "Put reproduced numbers beside those published under the same protocol."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        html=report(
            "<results>/published/{benchmark}/{protocol}/{metric}.html",
            caption="../report/compare.rst",
            category="Published numbers",
            subcategory="{benchmark}",
            labels={"table": "{metric}", "protocol": "{protocol}"},
        ),
        csv="<results>/published/{benchmark}/{protocol}/{metric}.csv",
        markdown="<results>/published/{benchmark}/{protocol}/{metric}.md",
        latex="<results>/published/{benchmark}/{protocol}/{metric}.tex",
        layout="<results>/published/{benchmark}/{protocol}/{metric}.json",
        agreement="<results>/published/{benchmark}/{protocol}/{metric}.agreement.json",
    log:
        "<results>/logs/compare/{benchmark}/{protocol}/{metric}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
        numbers=published_rows,
        departure=departure,
    script:
        "../scripts/compare.py"


rule rank:
    "Rank the methods of one benchmark under one protocol, with the uncertainty."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        ranks=report(
            "<results>/ranks/{benchmark}/{protocol}.csv",
            caption="../report/ranks.rst",
            category="Rankings",
            subcategory="{benchmark}",
            labels={"what": "ranks by Dice", "protocol": "{protocol}"},
        ),
        frequencies="<results>/ranks/{benchmark}/{protocol}.frequencies.csv",
        suspects="<results>/ranks/{benchmark}/{protocol}.suspects.csv",
        layout="<results>/ranks/{benchmark}/{protocol}.json",
        stability=report(
            "<results>/figures/{benchmark}/{protocol}/stability.svg",
            caption="../report/stability.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "how stable is the ranking", "protocol": "{protocol}"},
        ),
        critical_difference=report(
            "<results>/figures/{benchmark}/{protocol}/critical_difference.svg",
            caption="../report/critical_difference.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "mean ranks over cases", "protocol": "{protocol}"},
        ),
        images=expand(
            "<results>/figures/{{benchmark}}/{{protocol}}/{figure}.png",
            figure=["stability", "critical_difference"],
        ),
        pairs=report(
            "<results>/ranks/{benchmark}/{protocol}.pairs.csv",
            caption="../report/pairs.rst",
            category="Rankings",
            subcategory="{benchmark}",
            labels={"what": "pairs of methods", "protocol": "{protocol}"},
        ),
    log:
        "<results>/logs/rank/{benchmark}/{protocol}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
    script:
        "../scripts/rank.py"
