"""Passages and websites per CPU second, beside plain SentenceTransformer.encode."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from classify.embedders import e5_small
from classify.embedders.sentence_transformer import load_quietly
from classify.passages import choose_passages
from storage.tables.assessment import load_documents

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store

WEBSITES = 40


def measure_speed(store: Store, wave: str, workbench: Workbench) -> dict[str, Any]:
    """Embed the same websites both ways in this process, on one thread, nothing cached.

    Plain: every passage of every page, in the library's own batches of 32, in single precision.
    Ours: the chosen passages, each text once, by the runtime that is chosen on this machine. The
    average precision of the two samples stands in the comparison `encoder_mean` and `sectorlens`.
    """
    import torch

    torch.set_num_threads(1)
    urls = [url for (url,) in store.rows("SELECT DISTINCT website_url FROM document ORDER BY 1")]
    documents = load_documents(store, wave, set(urls[:: max(1, len(urls) // WEBSITES)]))
    plain = load_quietly(str(e5_small.prepare(e5_small.encoder_folder())), offline=True)
    plain.max_seq_length = 256
    plain.encode(["query: warm up"])
    everything = [
        passage.text
        for pages in documents.values()
        for passage in choose_passages(pages, limit=10**6)
    ]
    workbench.embedder.encode(["warm up"])
    seconds = defaultdict(float)
    started = time.process_time()
    plain.encode([f"query: {text}" for text in everything], show_progress_bar=False)
    seconds["plain"] = time.process_time() - started
    started = time.process_time()
    chosen = {p.text for pages in documents.values() for p in choose_passages(pages)}
    seconds["choosing"] = time.process_time() - started
    workbench.embedder.encode(sorted(chosen))
    seconds["ours"] = time.process_time() - started
    return {
        "websites": len(documents),
        "passages": {"plain": len(everything), "ours": len(chosen)},
        "passages_per_cpu_second": {
            "plain": round(len(everything) / seconds["plain"], 1),
            "ours": round(len(chosen) / (seconds["ours"] - seconds["choosing"]), 1),
        },
        "websites_per_cpu_second": {
            "plain": round(len(documents) / seconds["plain"], 3),
            "ours": round(len(documents) / seconds["ours"], 3),
        },
    }
