# A real SLURM on this host (slurm/test-cluster): root, slurm-wlm and munge are needed; scripts/test.sh leaves the label out where they are missing.
aesweep_program_test(slurm_interruptions LABEL slurm PATH slurm/test_interruptions.py TIMEOUT 600 PROCESSORS 2)
aesweep_program_test(slurm_guide         LABEL slurm PATH slurm/test_guide.py         TIMEOUT 600 PROCESSORS 2)
aesweep_program_test(slurm_long          LABEL slurm-long PATH slurm/test_long.py     TIMEOUT 1200 PROCESSORS 2)
