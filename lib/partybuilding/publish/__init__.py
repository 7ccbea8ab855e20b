"""The room that makes files of notebooks. Imports neither `assess` nor `present`: the notebook is the seam."""
