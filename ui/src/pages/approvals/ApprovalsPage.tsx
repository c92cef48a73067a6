import { PageHead } from "../../components/PageHead";

export const ApprovalsPage = () => <PageHead title="Approvals" />;
