"""Where passages come from; each source is one file of this folder."""
