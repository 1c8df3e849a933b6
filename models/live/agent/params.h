// SPDX-License-Identifier: MIT
/* KVM's parameters. */
#pragma once

#include <stdint.h>

#define PARAM(name) "/sys/module/kvm/parameters/" name
#define NX	PARAM("nx_huge_pages")
#define RATIO	PARAM("nx_huge_pages_recovery_ratio")
#define PERIOD	PARAM("nx_huge_pages_recovery_period_ms")

/* As they were found: what save_params() has read. */
extern char host_nx[16], host_ratio[16], host_period[16];
/* This kernel has a parameter for the period. */
extern int has_period;
/* What the program has set: what the kernel has while nothing else is said. */
extern uint32_t param_ratio, param_period;
extern int param_nx;

/* KVM's parameters that the kernel line names, as they are found: " param.NAME=VALUE", - for one that cannot be read. */
extern char found_params[1000];

/* 0 if the parameter took it. */
int set_number(const char *path, uint32_t value);
int set_nx(int on);

/* Recovery off, and the worker with it. */
void idle_params(void);

/* What every program begins with. */
void default_params(void);

/* Reads the parameters as they are. */
void save_params(void);

/* Sets the parameters as they were found. */
void restore_params(void);

/* Fills found_params. */
void find_params(void);
