"""`hf/MODEL`: Hugging Face transformers in this process.

`names` tells a hub name from a folder; `reading` opens configuration and processor and finds out what the model
takes; `conversation` turns a request into chat messages; `batches` runs calls that come together as one; `generation`
holds the weights; `model` is the adapter. torch and transformers are imported when a model is opened.
"""
