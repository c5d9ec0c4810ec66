"""Understanding as separate tasks, each learnt from labelled texts and measured on others."""
