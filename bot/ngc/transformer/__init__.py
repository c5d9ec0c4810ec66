"""A small pretrained transformer, fine-tuned with torch and served by onnxruntime without it."""
