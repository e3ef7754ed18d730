# One image for every command. Build: docker build -t tidegate:0.1.0 .
#
# Node comes from NODE_IMAGE, the files around it from RUNTIME_IMAGE: any image with glibc and libstdc++ of the same
# Debian release will do, for example NODE_IMAGE itself when a shell is wanted.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Exactly what the lock file says; not `npm ci`, which refuses a lock file without other platforms' optional packages.
# No package's install script runs: nothing here needs one.
RUN npm install --no-save --no-audit --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY hack/build.ts hack/script-arguments.mjs hack/
COPY src src
RUN PATH="/usr/local/bin:$PWD/node_modules/.bin:$PATH" node hack/build.ts
# What only compilers and debuggers read is left behind; licences stay. So are optional packages: a keychain's binary.
RUN npm prune --omit=dev --omit=optional --no-save --no-audit --ignore-scripts \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tidegate" \
      org.opencontainers.image.description="An LLM gateway for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE THIRD_PARTY_NOTICES ./
# MALLOC_ARENA_MAX: glibc would keep freed memory in an arena per thread; 12 MB less at 1,000 open streams, at no cost.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1
# Nothing is written below / at run time: a read-only root file system will do.
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
CMD ["--help"]
